// What the dialogs for one send and for many have in common: their texts, the reasons, and the draft
// of reason and note. Joined with abort_form.js and bulk_form.js.

// Writes the texts of the data into the elements that name them.
function drawTexts(form, data) {
  form.style.colorScheme = colorScheme();
  for (const element of form.querySelectorAll("[data-text]")) {
    write(element, data[element.dataset.text] ?? "");
  }
  for (const element of form.querySelectorAll("[data-html]")) {
    writeLive(element, data[element.dataset.html] ?? "");
  }
  hideEmpty(form);
}

// Returns what a person has chosen and typed for a send. It stays in the page when the dialog closes
// and when the server restarts.
function draftOf(id) {
  const drafts = (shared.drafts ??= new Map());
  if (!drafts.has(id)) drafts.set(id, { reason: "", note: "" });
  return drafts.get(id);
}

// Does not write a text that has not changed, so that a selection in it survives and a screen reader
// does not read it again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// HTML of live_text.py, which escapes every value in it.
function writeLive(element, html) {
  if (element.written === html) return;
  element.written = html;
  element.innerHTML = html;
}

// Hides a label whose fact is unknown, and a sentence that does not apply.
function hideEmpty(form) {
  for (const place of form.querySelectorAll("p:not(.when-old), dl > div")) {
    place.hidden = (place.lastElementChild ?? place).textContent === "";
  }
}

// A second press on the chosen reason, with the pointer or the space bar, removes the choice.
function drawReasons(list, reasons, draft, onChange) {
  const drawn = JSON.stringify(reasons);
  if (list.drawn !== drawn) {
    list.drawn = drawn;
    list.replaceChildren(
      ...reasons.map(([code, name]) => {
        const label = document.createElement("label");
        const radio = label.appendChild(document.createElement("input"));
        Object.assign(radio, { type: "radio", name: "abort-reason", value: code });
        label.append(name);
        return label;
      }),
    );
  }
  for (const radio of list.querySelectorAll("input")) {
    radio.checked = radio.value === draft.reason;
    const press = () => {
      draft.reason = draft.reason === radio.value ? "" : radio.value;
      radio.checked = draft.reason !== "";
      onChange();
    };
    radio.onclick = press;
    // A browser sends no click for the space bar on a radio button that is chosen already.
    radio.onkeydown = (event) => {
      if (event.key !== " " || !radio.checked) return;
      event.preventDefault();
      press();
    };
  }
}
