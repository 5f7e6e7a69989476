// Freezes the order of the rows while the mouse or the keyboard focus is in the list, or while a
// dialog is open. After a touch, and after a dialog has closed, the order is frozen for some
// seconds: the person looks for the result of the abort in its row. Facts, countdowns and buttons
// stay current.
// components.py adds this file to the script of rows.js.
//
// Rows that have left the list stay on the screen. The browser reports the ids of the rows on the
// screen. The server sends the facts of these rows.

const FREEZE_MS = 5_000;
// In seconds. While the order is frozen, a line names each new send with less time left than this.
const CLOSES_SOON = 120;
// The line leaves out a send whose time left ended more than this many seconds ago.
const OVERDUE_FOR = 86_400;

const isDialogOpen = () => document.querySelector('[role="dialog"]') !== null;

function isFrozen({ hold }) {
  return hold.hasPointer || hold.hasFocus || isDialogOpen() || performance.now() < hold.frozenUntil;
}

function watchHold(root) {
  if (root.hold) return;
  const hold = (root.hold = { hasPointer: false, hasFocus: false, touchedUntil: 0, frozenUntil: 0 });
  const release = () => {
    if (!isFrozen(root) && !root.isDrawing) root.draw();
  };
  const isTouch = ({ pointerType }) => pointerType === "touch";
  const point = (event) => {
    if (!isTouch(event)) hold.hasPointer = true;
  };
  root.addEventListener("pointerenter", point);
  root.addEventListener("pointermove", point);
  root.addEventListener("pointerleave", (event) => {
    if (isTouch(event)) return;
    hold.hasPointer = false;
    release();
  });
  root.addEventListener("focusin", ({ target }) => {
    const isOfTouch = performance.now() < hold.touchedUntil;
    if (!shared.isFocusPassed) hold.hasFocus = target !== root && !isOfTouch;
  });
  root.addEventListener("focusout", ({ relatedTarget }) => {
    if (shared.isFocusPassed || root.contains(relatedTarget)) return;
    hold.hasFocus = false;
    release();
  });
  hold.freeze = () => {
    hold.frozenUntil = performance.now() + FREEZE_MS;
    clearTimeout(hold.ending);
    hold.ending = setTimeout(release, FREEZE_MS + 1);
  };
  const touch = () => {
    hold.freeze();
    hold.touchedUntil = hold.frozenUntil;
  };
  for (const kind of ["touchstart", "touchmove", "touchend"]) {
    root.addEventListener(kind, touch, { passive: true });
  }
  root.querySelector(".update").onclick = () => root.draw({ isForced: true });
}

// Returns the rows to draw, in order. Before the server sends the facts, a row is only an id.
// `isGone`: the server does not know the send.
function rowsToDraw(data, shown, isHeld) {
  if (!isHeld) return data.rows;
  const known = new Map([...data.rows, ...data.held].map((row) => [row.id, row]));
  return shown.map((id) => known.get(id) ?? { id, isGone: data.asked.includes(id) });
}

// Shows what an update would change. Requests missing facts of rows on the screen.
function showWaiting(root, data, shown, isHeld) {
  const wanted = data.rows.map(({ id }) => id);
  const fresh = isHeld ? data.rows.filter(({ id }) => !shown.includes(id)) : [];
  const moved = isHeld ? countMoved(shown, wanted) : 0;
  const parts = [
    [moved, data.labels.moved],
    [fresh.length, data.labels.arrived],
  ];
  const text = parts
    .filter(([n]) => n > 0)
    .map(([n, words]) => filled(words[n === 1 ? 0 : 1], { n }))
    .join(", ");
  root.querySelector(".order-news").hidden = !text;
  if (text) write(root.querySelector(".update"), `${text} – ${data.labels.update}`);
  const names = fresh.filter((row) => closesSoon(row, data.at)).map(({ name }) => name);
  const closing = names.length ? filled(data.labels.closing, { name: names.join("; ") }) : "";
  const line = root.querySelector(".closing");
  line.hidden = !closing;
  write(line, closing);
  reportHeld(root, data, isHeld ? shown : []);
}

function closesSoon({ can_abort, seconds_left }, at) {
  if (!can_abort || seconds_left === null) return false;
  const left = seconds_left - passed(arrival(at));
  return -OVERDUE_FOR < left && left < CLOSES_SOON;
}

// Returns the number of rows that an update moves or removes. From `a b c` to `b c a`, one row
// moves.
function countMoved(shown, wanted) {
  const places = shown.map((id) => wanted.indexOf(id));
  const lengths = [];
  places.forEach((place, n) => {
    const before = places.slice(0, n).map((each, m) => (each < place ? lengths[m] : 0));
    lengths.push(place < 0 ? 0 : 1 + Math.max(0, ...before));
  });
  return shown.length - Math.max(0, ...lengths);
}

function reportHeld(root, data, shown) {
  const known = new Set([...data.rows.map(({ id }) => id), ...data.held.map(({ id }) => id), ...data.asked]);
  root.isUnreported = shown.some((id) => !known.has(id));
}

// The time between two attempts to report the rows on the screen.
const REPORT_CHECK_MS = 50;

function sendReport(root) {
  clearTimeout(root.reporting);
  if (!root.isUnreported || !root.isConnected) return;
  root.reporting = setTimeout(() => sendReport(root), REPORT_CHECK_MS);
  const ids = [...root.querySelectorAll("tbody tr")].map((tr) => tr.dataset.id);
  const isSent = shared.requestInTurn?.(() => root.report({ view: root.view, ids }));
  if (isSent) root.isUnreported = false;
}
