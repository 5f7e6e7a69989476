// The common part of the two abort dialogs. components.py adds this file to the scripts of both
// dialogs.

// Writes the texts into the form. The attribute `data-text` or `data-html` of an element names its
// text.
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

// Returns the draft of reason and note. `id` is the id of the send, or the id of the dialog of a
// bulk abort. The draft stays when the dialog closes, and when the server restarts.
function draftOf(id) {
  const drafts = (shared.drafts ??= new Map());
  if (!drafts.has(id)) drafts.set(id, { reason: "", note: "" });
  return drafts.get(id);
}

// Writes a text only if the text has changed. An unchanged text keeps the person's selection, and a
// screen reader does not read the text again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Writes HTML. live_text.py has escaped every value in it.
function writeLive(element, html) {
  if (element.written === html) return;
  element.written = html;
  element.innerHTML = html;
}

// Hides paragraphs without text, and facts without a value.
function hideEmpty(form) {
  for (const place of form.querySelectorAll("p:not(.when-old), dl > div")) {
    place.hidden = (place.lastElementChild ?? place).textContent === "";
  }
}

// Draws the reasons. A second press on a reason, by pointer or space bar, removes the choice.
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
    // If a radio button is already chosen, the space bar causes no click event.
    radio.onkeydown = (event) => {
      if (event.key !== " " || !radio.checked) return;
      event.preventDefault();
      press();
    };
  }
}
