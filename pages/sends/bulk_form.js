// Draws the form of bulk_form.py at each refresh. The focus, the reason and the typed texts stay.

function drawComponent({ data, parentElement, setTriggerValue }) {
  const form = parentElement.querySelector(".bulk-form");
  noteServerTime(data.at);
  drawTexts(form, data);
  form.dataset.light = data.light;
  drawGroups(form.querySelector(".groups"), data.groups);

  const draft = draftOf(data.id);
  const [note, typed] = form.querySelectorAll(".note input");
  if (form.dataset.bulk !== data.id) {
    note.value = draft.note;
    typed.value = draft.typed ?? "";
  }
  // pending_clicks.js reads these attributes.
  form.dataset.bulk = data.id;
  form.dataset.session = data.session;
  typed.parentElement.hidden = data.to_type === "";
  note.oninput = () => {
    draft.note = note.value;
  };
  const confirm = form.querySelector(".confirm");
  const digits = () => typed.value.replace(/\D/g, "");
  const needsReason = () => data.needs_reason && draft.reason === "";
  const canConfirm = () => data.can_abort && !needsReason() && (data.to_type === "" || data.numbers.includes(digits()));
  const enable = () => confirm.setAttribute("aria-disabled", String(!canConfirm()));
  // If the size has grown, the person must type the number again.
  if (data.to_type === "" || (form.grown ?? data.grown) !== data.grown) typed.value = draft.typed = "";
  form.grown = data.grown;
  typed.oninput = () => {
    draft.typed = typed.value;
    enable();
  };
  drawReasons(form.querySelector(".reasons"), data.reasons, draft, enable);
  enable();
  write(confirm, data.confirm);
  confirm.onclick = () => {
    if (canConfirm()) {
      const { reason, note } = draft;
      shared.selection?.forget();
      setTriggerValue("confirm", { id: data.id, shown: data.shown, typed: digits(), reason, note });
    } else if (data.can_abort) {
      (needsReason() ? form.querySelector(".reasons input") : typed).focus();
    }
  };
  const keep = form.querySelector(".keep");
  write(keep, data.keep);
  keep.onclick = () => setTriggerValue("keep", true);
}

function drawGroups(within, groups) {
  const known = new Map([...within.children].map((each) => [each.dataset.group, each]));
  for (const [place, group] of groups.entries()) {
    const element = known.get(group.key) ?? newGroup(group.key);
    known.delete(group.key);
    element.dataset.light = group.light;
    element.style.setProperty("--tone", `var(--${group.outlook})`);
    const [heading, sentence, sends, more] = element.children;
    write(heading, group.heading);
    write(sentence, group.sentence);
    sentence.hidden = !group.sentence;
    drawSends(sends, group);
    write(more, group.more);
    more.hidden = !group.more;
    if (within.children[place] !== element) within.insertBefore(element, within.children[place]);
  }
  for (const element of known.values()) element.remove();
}

function newGroup(key) {
  const element = document.createElement("section");
  element.className = "group";
  element.dataset.group = key;
  // With `tabindex`, people can scroll the list with the keyboard.
  element.innerHTML = '<h3></h3><p></p><ul class="sends" tabindex="0"></ul><p class="more"></p>';
  return element;
}

function drawSends(list, { heading, sends }) {
  list.setAttribute("aria-label", heading);
  const known = new Map([...list.children].map((each) => [each.dataset.id, each]));
  for (const [place, send] of sends.entries()) {
    const item = known.get(send.id) ?? newSend(send.id);
    known.delete(send.id);
    const [of, people, when] = item.children;
    write(of.firstElementChild, send.name);
    write(of.lastElementChild, send.details);
    write(people, send.recipients);
    writeLive(when, send.when);
    if (list.children[place] !== item) list.insertBefore(item, list.children[place]);
  }
  for (const item of known.values()) item.remove();
}

function newSend(id) {
  const item = document.createElement("li");
  item.dataset.id = id;
  item.innerHTML =
    '<div class="of"><span></span><small></small></div><div class="people"></div><div class="when"></div>';
  return item;
}
