// Draws the form of abort_form.py at each refresh. The focus, the reason and the note stay.
// live_text.js updates the time left and the ages.
//
// A button without effect has `aria-disabled`. A `disabled` button would lose the focus, and Escape
// would not close the dialog.

function drawComponent({ data, parentElement, setTriggerValue }) {
  const form = parentElement.querySelector(".abort-form");
  noteServerTime(data.at);
  form.style.setProperty("--tone", `var(--${data.outlook})`);
  form.dataset.light = data.light;
  form.classList.toggle("may-have-begun", data.is_doubtful === true);
  drawTexts(form, data);
  drawWarnings(form.querySelector(".warnings"), data.warnings);
  drawCopy(form, data);

  const draft = draftOf(data.id);
  const note = form.querySelector(".note input");
  const answers = form.querySelector(".answer");
  if (form.dataset.abort !== data.id) {
    note.value = draft.note;
    answers.hidden = true;
  }
  // A person may be typing while an abort becomes impossible, so reason and note stay visible.
  if (data.can_abort) answers.hidden = false;
  // pending_clicks.js reads the id of the send here.
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

function drawCopy(form, { id, copy, copy_label, copied }) {
  const button = form.querySelector(".copy");
  write(button, copy);
  button.setAttribute("aria-label", copy_label);
  button.onclick = async () => {
    const isCopied = await copyText(id, form.querySelector(".id"));
    write(form.querySelector(".copied"), isCopied ? copied : "");
  };
}

// Copies a text. The clipboard API needs HTTPS. Without HTTPS, select the text and use the old
// command. If the command fails, the person can press Ctrl+C.
async function copyText(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
