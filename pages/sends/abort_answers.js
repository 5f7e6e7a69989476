// The common part of the two abort dialogs. components.py adds this file to both scripts.

// Writes the texts into the form. The attributes `data-text` and `data-html` name the texts.
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

// Returns the draft of reason and note. `id` is the id of the send or of the bulk dialog. The draft
// stays after the dialog closes or the server restarts.
function draftOf(id) {
  const drafts = (shared.drafts ??= new Map());
  if (!drafts.has(id)) drafts.set(id, { reason: "", note: "" });
  return drafts.get(id);
}

// Writes a text only if the text has changed. A screen reader reads each new text again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Writes HTML. The server has escaped the values (live_text.py, bulk_form.py).
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

// Draws the reasons. A second press on a reason removes the choice.
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
    // On a chosen radio button, the space bar causes no click event.
    radio.onkeydown = (event) => {
      if (event.key !== " " || !radio.checked) return;
      event.preventDefault();
      press();
    };
  }
}
