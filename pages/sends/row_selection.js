// Selects rows for a bulk abort: by a checkbox, by Shift and a click, or by a long press.
// components.py adds this file to the script of rows.js.
//
// The server stores the selected ids. The browser shows each change at once, and gives the change a
// number. The browser reports the change until the server has confirmed the number.
//
// The browser tab also stores the ids. If a new session has no selection, the browser reports the
// ids as a change.

const LONG_PRESS_MS = 500;
// The maximum move of a long press, in pixels.
const PRESS_SLACK = 10;
const SELECTION_CHECK_MS = 50;
const KEPT_SELECTION = "freio-selection";

function startSelection(root, data, setStateValue, setTriggerValue) {
  root.classList.toggle("selectable", data.selection !== null);
  // Unconfirmed changes stay while the person visits another page.
  const selection = (shared.selection ??= {
    source: crypto.getRandomValues(new Uint32Array(1)).join(),
    last: 0,
    changes: [],
  });
  const isNew = root.selected !== selection;
  const isOtherSession = selection.base?.session !== data.selection?.session;
  root.selected = selection;
  selection.base = data.selection;
  if (!data.selection) return;
  const [source, applied] = data.selection.applied;
  if (source === selection.source) {
    selection.changes = selection.changes.filter(({ number }) => number > applied);
  }
  selection.report = () =>
    setStateValue("selection", {
      source: selection.source,
      changes: selection.changes.map(({ number, kind, ids }) => [number, kind, ids]),
    });
  // After the start of a bulk abort, a reload must not select the sends again.
  selection.forget = () => {
    selection.isForgotten = true;
    sessionStorage.removeItem(KEPT_SELECTION);
  };
  const change = (kind) => changeSelection(root, kind, []);
  root.querySelector(".all-here").onclick = ({ currentTarget }) =>
    choose(root, stoppableRows(root), currentTarget.checked);
  // Report the filters on the screen. The server may already have new filters.
  root.querySelector(".all-matching").onclick = () => {
    addChange(root.selected, "matching", [root.view], null);
    root.draw();
    sendSelection(root);
  };
  root.querySelector(".clear").onclick = () => {
    change("clear");
    passFocus(root.querySelector(".all-here"));
  };
  root.querySelector(".left-seen").onclick = () => {
    selection.seen = selection.base.left;
    root.draw();
  };
  const bulk = root.querySelector(".bulk");
  bulk.onclick = () => {
    root.pressed = bulk;
    makeFocusable(parentHost(root));
    shared.noteClick?.();
    // Streamlit sends the report and the click in a single message.
    selection.report();
    setTriggerValue("bulk", true);
  };
  if (isNew) watchLongPress(root);
  restoreSelection(selection);
  if ((isNew || isOtherSession) && selection.changes.length) selection.isUnsent = true;
  sendSelection(root);
}

// Restores a selection after the server has lost the selection. A selection of another person is
// not restored.
function restoreSelection(selection) {
  const { session, owner, ids } = selection.base;
  const kept = JSON.parse(sessionStorage.getItem(KEPT_SELECTION)) ?? {};
  const isLost = kept.owner === owner && kept.session !== session && ids.length === 0;
  if (isLost && kept.ids.length > 0) addChange(selection, "add", kept.ids, null);
  else keepSelection(selection);
}

function keepSelection({ base, changes, isForgotten }) {
  if (isForgotten) return;
  const { session, owner, is_complete } = base;
  const chosen = new Set(base.ids);
  for (const { kind, ids } of changes) {
    if (kind === "clear") chosen.clear();
    else if (kind === "add") ids.forEach((id) => chosen.add(id));
    else ids.forEach((id) => chosen.delete(id));
  }
  const kept = { session, owner, ids: is_complete ? [...chosen] : [] };
  sessionStorage.setItem(KEPT_SELECTION, JSON.stringify(kept));
}

function parentHost(root) {
  return root.getRootNode().host;
}

function isChosen({ base, changes }, id) {
  let found = base.ids.includes(id);
  for (const { kind, ids } of changes) {
    if (kind === "clear") found = false;
    else if (kind === "matching") found = true;
    else if (ids.includes(id)) found = kind === "add";
  }
  return found;
}

// Returns three numbers: selected sends, recipients, selected sends of unknown size. `recipients`
// is null if only the server can count the recipients.
function countSelection({ base, changes }) {
  let [sends, recipients, unsized] = [base.sends, base.recipients, base.unsized];
  for (const { kind, ids, people, unknown } of changes) {
    if (kind === "clear") [sends, recipients, unsized] = [0, 0, 0];
    else if (kind === "matching") [sends, recipients] = [base.matching, null];
    else {
      const sign = kind === "add" ? 1 : -1;
      sends += sign * ids.length;
      recipients = recipients === null || people === null ? null : recipients + sign * people;
      unsized += sign * unknown;
    }
  }
  return { sends, recipients, unsized };
}

function stoppableRows(root) {
  return [...root.querySelectorAll("tbody tr")].filter((tr) => tr.row?.can_abort);
}

function choose(root, rows, isWanted) {
  const changed = rows.filter((tr) => isChosen(root.selected, tr.dataset.id) !== isWanted);
  changeSelection(root, isWanted ? "add" : "remove", changed);
}

function changeSelection(root, kind, rows) {
  const people = rows.reduce((sum, tr) => sum + (tr.row.to_abort ?? 0), 0);
  const unknown = rows.filter((tr) => tr.row.to_abort === null).length;
  addChange(root.selected, kind, rows.map((tr) => tr.dataset.id), people, unknown);
  root.draw();
  sendSelection(root);
}

// `people`: the number of recipients, or null if only the server can count the recipients.
// `unknown`: the number of sends of unknown size.
function addChange(selection, kind, ids, people, unknown = 0) {
  selection.last += 1;
  selection.changes.push({ number: selection.last, kind, ids, people, unknown });
  selection.isUnsent = true;
  selection.isForgotten = false;
  keepSelection(selection);
}

// Sends the report when the page does not wait for an answer.
function sendSelection(root) {
  const { selected } = root;
  clearTimeout(selected.sending);
  if (!selected.isUnsent || !root.isConnected) return;
  if (shared.requestInTurn?.(selected.report)) selected.isUnsent = false;
  else selected.sending = setTimeout(() => sendSelection(root), SELECTION_CHECK_MS);
}

// With Shift, a click changes all rows between the row of the last click and this row.
function chooseRow(root, tr, { currentTarget, shiftKey }) {
  const rows = [...root.querySelectorAll("tbody tr")];
  const [from, to] = [rows.findIndex((each) => each.dataset.id === root.selected.anchor), rows.indexOf(tr)];
  root.selected.anchor = tr.dataset.id;
  const range = shiftKey && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [tr];
  choose(root, range.filter((each) => each.row?.can_abort), currentTarget.checked);
}

// A long press selects or deselects a row. The press opens no link and no menu.
function watchLongPress(root) {
  const body = root.querySelector("tbody");
  let press;
  const end = () => {
    clearTimeout(press?.timer);
    press = undefined;
  };
  const start = ({ target, touches }) => {
    end();
    const tr = target.closest("tr");
    if (!root.selected.base || !tr?.row?.can_abort || touches.length > 1 || target.closest("button, input")) return;
    const [{ clientX, clientY }] = touches;
    press = { x: clientX, y: clientY, isLong: false };
    press.timer = setTimeout(() => {
      press.isLong = true;
      navigator.vibrate?.(10);
      choose(root, [tr], !isChosen(root.selected, tr.dataset.id));
      root.selected.anchor = tr.dataset.id;
    }, LONG_PRESS_MS);
  };
  const move = ({ touches: [{ clientX, clientY }] }) => {
    if (press && Math.hypot(clientX - press.x, clientY - press.y) > PRESS_SLACK) end();
  };
  const lift = (event) => {
    if (press?.isLong) event.preventDefault();
    end();
  };
  body.addEventListener("touchstart", start, { passive: true });
  body.addEventListener("touchmove", move, { passive: true });
  body.addEventListener("touchend", lift);
  body.addEventListener("touchcancel", end);
  body.addEventListener("contextmenu", (event) => {
    if (press) event.preventDefault();
  });
}

function drawSelection(root, { labels }) {
  const { selected } = root;
  const { base } = selected;
  root.querySelector(".selection").hidden = !base;
  root.querySelector("thead .check").hidden = !base;
  let here = 0;
  for (const tr of root.querySelectorAll("tbody tr")) {
    const can = Boolean(base && tr.row?.can_abort);
    const isOne = can && isChosen(selected, tr.dataset.id);
    tr.querySelector(".check").hidden = !base;
    const input = tr.querySelector("input");
    input.hidden = input.nextElementSibling.hidden = !can;
    input.checked = isOne;
    if (can) input.setAttribute("aria-label", filled(labels.choose, tr.row));
    tr.classList.toggle("is-chosen", isOne);
    here += isOne;
  }
  if (!base) return;
  const stoppable = stoppableRows(root).length;
  const all = root.querySelector(".all-here");
  all.disabled = stoppable === 0;
  all.checked = stoppable > 0 && here === stoppable;
  all.indeterminate = here > 0 && here < stoppable;
  const written = (n) => n.toLocaleString(document.documentElement.lang);
  const words = (label, n) => filled(labels[label][n === 1 ? 0 : 1], { n: written(n) });
  const matching = root.querySelector(".all-matching");
  matching.hidden = base.matching <= stoppable;
  write(matching, words("all_matching", base.matching));
  const { sends, recipients, unsized } = countSelection(selected);
  const hasLeft = Boolean(base.left) && base.left !== selected.seen;
  root.querySelector(".chosen").hidden = sends === 0 && !hasLeft;
  let people = recipients === null ? "…" : words("recipients_count", recipients);
  if (recipients !== null && unsized) {
    const unknown = words("unsized_count", unsized);
    people = recipients ? filled(labels.and_unsized, { people, unknown }) : unknown;
  }
  const [sum, elsewhere] = root.querySelector(".sum").children;
  write(sum, `${words("sends_count", sends)} · ${people}`);
  write(elsewhere, sends > here ? ` · ${words("elsewhere", sends - here)}` : "");
  const bulk = root.querySelector(".bulk");
  bulk.hidden = sends === 0;
  write(bulk, words("bulk", sends));
  const left = root.querySelector(".left-selection");
  left.hidden = !hasLeft;
  write(left.firstElementChild, base.left);
  left.title = base.left;
}
