// Draws the dialog of abort_form.py. Runs again with each refresh, and changes only what is new: the
// focus, the chosen reason and the typed note stay. live_text.js counts the time left and the ages.
//
// A button that cannot be used has `aria-disabled`. If a button that has the focus became `disabled`,
// it would lose the focus, and then Escape would not close the dialog.

export default function ({ data, parentElement, setTriggerValue }) {
  const form = parentElement.querySelector(".abort-form");
  arrival(data.at);
  form.style.colorScheme = colorScheme();
  form.style.setProperty("--tone", `var(--${data.outlook})`);
  form.dataset.light = data.light;
  form.classList.toggle("may-have-begun", data.is_doubtful === true);
  for (const element of form.querySelectorAll("[data-text]")) {
    write(element, data[element.dataset.text] ?? "");
  }
  for (const element of form.querySelectorAll("[data-html]")) {
    writeLive(element, data[element.dataset.html] ?? "");
  }
  hideEmpty(form);
  drawWarnings(form.querySelector(".warnings"), data.warnings);
  drawCopy(form, data);

  const draft = draftOf(data.id);
  const note = form.querySelector(".note input");
  const answers = form.querySelector(".answer");
  if (form.dataset.abort !== data.id) {
    note.value = draft.note;
    answers.hidden = true;
  }
  // They stay when it becomes too late: a person may be typing there.
  if (data.can_abort) answers.hidden = false;
  // pending_clicks.js reads which send is asked about.
  form.dataset.abort = data.id;
  form.dataset.session = data.session;
  note.oninput = () => {
    draft.note = note.value;
  };
  const confirm = form.querySelector(".confirm");
  const canConfirm = () => data.can_abort && (!data.needs_reason || draft.reason !== "");
  const enable = () => confirm.setAttribute("aria-disabled", String(!canConfirm()));
  drawReasons(form.querySelector(".reasons"), data.reasons, draft, enable);
  enable();
  write(confirm, data.confirm);
  confirm.onclick = () => {
    if (canConfirm()) setTriggerValue("confirm", { id: data.id, shown: data.shown, ...draft });
    else if (data.can_abort) form.querySelector(".reasons input").focus();
  };
  const keep = form.querySelector(".keep");
  write(keep, data.keep);
  keep.onclick = () => setTriggerValue("keep", true);
}

// Returns what a person has chosen and typed for a send. It stays in the page when the dialog closes
// and when the server restarts.
function draftOf(id) {
  const drafts = (shared.drafts ??= new Map());
  if (!drafts.has(id)) drafts.set(id, { reason: "", note: "" });
  return drafts.get(id);
}

// Does not touch a text that has not changed: a selection in it survives, and a screen reader does
// not read it again.
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

function drawWarnings(list, warnings) {
  const drawn = JSON.stringify(warnings);
  if (list.drawn === drawn) return;
  list.drawn = drawn;
  list.replaceChildren(
    ...warnings.map((warning) => {
      const item = document.createElement("li");
      item.textContent = warning;
      return item;
    }),
  );
}

// A chosen reason is dropped by a second press on it, with the pointer or with the space bar.
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

function drawCopy(form, { id, copy, copy_label, copied }) {
  const button = form.querySelector(".copy");
  write(button, copy);
  button.setAttribute("aria-label", copy_label);
  button.onclick = async () => {
    const isCopied = await copyText(id, form.querySelector(".id"));
    write(form.querySelector(".copied"), isCopied ? copied : "");
  };
}

// Without HTTPS, pages cannot use the clipboard. Then the text is selected and copied with the old
// command. If that fails too, the text stays selected, and Ctrl+C copies it.
async function copyText(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
