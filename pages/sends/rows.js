// Draws the rows of rows.py. At a refresh, each row keeps its elements, so the focus and the scroll
// position stay. Write data as text, never as HTML.

// After a row has moved, its button and its checkbox ignore clicks for this time: the person may
// have aimed at the row that was there before. After a new filter or search, clicks work at once.
const SETTLING_MS = 300;

function drawComponent({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".rows");
  root.count = data.count;
  root.facts = data.facts;
  root.request = (id) => setTriggerValue("abort", id);
  root.report = (held) => setStateValue("held", held);
  root.openDialog = (button, id) => {
    root.pressed = button;
    makeFocusable(parentElement.host);
    shared.noteRowClick?.(id);
    root.request(id);
    waitForDialog(parentElement.host, root, id);
  };
  label(root, data.labels);
  for (const th of root.querySelectorAll("[data-sort]")) {
    drawSort(th, data.sorts[th.dataset.sort], (order) => {
      shared.noteClick?.();
      setTriggerValue("sort", order);
    });
  }
  takeFocusBack(parentElement, root);
  root.draw = (how) => {
    // The removal of a row with the focus causes a focusout event. This event must not draw the
    // rows again.
    root.isDrawing = true;
    try {
      drawRows(root, data, parentElement, how);
    } finally {
      root.isDrawing = false;
    }
  };
  watchHold(root);
  startSelection(root, data, setStateValue, setTriggerValue);

  if (!root.sizes) {
    root.sizes = new ResizeObserver(() => markCutNames(root));
    root.sizes.observe(root);
  }

  const isNewView = root.view !== data.view;
  root.view = data.view;
  root.draw({ isNewView });

  const tick = () => {
    if (isDialogOpen()) root.hold.freeze();
    countDown(root);
    sendReport(root);
  };
  tick();
  root.counting ??= setInterval(tick, COUNT_MS);
  return () => {
    clearInterval(root.counting);
    root.counting = undefined;
    root.sizes?.disconnect();
    root.sizes = undefined;
  };
}

function drawRows(root, data, shadow, { isNewView = false, isForced = false } = {}) {
  const body = root.querySelector("tbody");
  const template = root.querySelector("template");
  const received = arrival(data.at);
  const focused = shadow.activeElement;
  const isFirst = isNewView || body.children.length === 0;
  const shown = [...body.children].map((tr) => tr.dataset.id);
  const isHeld = !isFirst && !isForced && isFrozen(root);
  const existing = new Map([...body.children].map((tr, place) => [tr.dataset.id, { tr, place }]));
  const wanted = rowsToDraw(data, shown, isHeld).map((row, place) => {
    const before = existing.get(row.id);
    existing.delete(row.id);
    const tr = before?.tr ?? newRow(template, row.id, root);
    if (row.name === undefined) {
      if (row.isGone) endRow(tr, data.labels.gone);
      else claimNothing(tr);
      return tr;
    }
    label(tr, data.labels);
    fill(tr, row);
    tr.closes = {
      text: row.time_left,
      why: row.time_why,
      isUnsure: row.is_unsure,
      left: row.seconds_left,
      received,
      currentFor: data.current_for,
    };
    tr.isOld = row.is_old;
    if (!isFirst && before?.place !== place) tr.querySelectorAll("button, input").forEach(settle);
    return tr;
  });
  for (const { tr } of existing.values()) tr.remove();
  arrange(body, wanted, focused?.closest("tr"));
  root.querySelector("table").hidden = wanted.length === 0;
  root.querySelector(".empty").hidden = wanted.length > 0;
  showWaiting(root, data, shown, isHeld);
  drawSelection(root, data);
  markCutNames(root);

  // If the focused button is gone, keep the focus in the list.
  if (focused && !visible(focused)) {
    const name = focused.closest("tr")?.querySelector("a");
    passFocus(name?.isConnected ? name : root);
  }
}

// Marks the names that are too long (rows.css). Remove all marks before the first measurement.
// After each change, a measurement makes the browser lay out the page again.
function markCutNames(root) {
  const links = [...root.querySelectorAll("tbody .name a")];
  for (const link of links) link.classList.remove("is-cut");
  const cut = links.filter((link) => link.scrollWidth > link.clientWidth);
  for (const link of cut) link.classList.add("is-cut");
}

// Marks a row without current facts: no verdict, and a button without effect. A `disabled` button
// would lose the focus.
function claimNothing(tr) {
  tr.row = undefined; // the row cannot be selected either
  tr.classList.add("unknown");
  write(tr.querySelector("[data-field=sign]"), "");
  for (const each of tr.querySelectorAll("[data-field=verdict_word], .count")) write(each, "…");
  tr.querySelector(".word").dataset.short = "…";
  tr.querySelector(".left").className = "left number";
  tr.querySelector("button").ariaDisabled = "true";
}

// Marks a row if the server no longer has the send.
function endRow(tr, why) {
  claimNothing(tr);
  tr.classList.add("closed");
  tr.querySelector("button").hidden = true;
  const reason = tr.querySelector(".reason");
  reason.hidden = false;
  write(reason, why);
}

function newRow(template, id, root) {
  const tr = template.content.firstElementChild.cloneNode(true);
  tr.dataset.id = id;
  const button = tr.querySelector("button");
  button.onpointerdown = notePointerDown;
  button.onclick = (event) => {
    if (!isReleasedOutside(event) && !button.ariaDisabled) root.openDialog(button, id);
  };
  tr.querySelector("input").onclick = (event) => chooseRow(root, tr, event);
  tr.querySelector("a").onclick = (event) => {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    navigate(event.currentTarget.href);
  };
  return tr;
}

// A refresh can move the rows between the press and the release of a button. With the pointer
// capture, the release still causes a click.
function notePointerDown(event) {
  if (event.button !== 0) return;
  const button = event.currentTarget;
  button.pressedBox = button.getBoundingClientRect();
  button.setPointerCapture(event.pointerId);
}

// Returns whether the pointer left the button before the release. A click from the keyboard or a
// screen reader has no pointer position.
function isReleasedOutside({ currentTarget: button, detail, clientX, clientY }) {
  const pressedBox = button.pressedBox;
  button.pressedBox = undefined;
  if (!pressedBox || detail === 0) return false;
  const isWithin = (box) =>
    box.left <= clientX && clientX <= box.right && box.top <= clientY && clientY <= box.bottom;
  return ![pressedBox, button.getBoundingClientRect()].some(isWithin);
}

function label(within, labels) {
  for (const element of within.querySelectorAll("[data-label]")) {
    write(element.querySelector("button") ?? element, labels[element.dataset.label]);
  }
}

// Puts a button into a heading. A click requests the next order.
function drawSort(th, sort, request) {
  if (!sort) return;
  let button = th.querySelector("button");
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.textContent = th.textContent;
    th.replaceChildren(button);
  }
  th.ariaSort = sort.direction || "none";
  button.onclick = () => request(sort.next);
}

function fill(tr, row) {
  announce(tr, row);
  tr.className = row.outlook.replaceAll("_", "-");
  for (const element of tr.querySelectorAll("[data-field]")) {
    write(element, row[element.dataset.field]);
    const { field, title = field } = element.dataset;
    if (element.hasAttribute("title")) element.title = row[title];
  }
  // Some parts may not fit into the cell.
  const details = tr.querySelector(".details");
  details.title = [row.account, row.channel, row.audience, row.id].filter(Boolean).join(" · ");
  tr.querySelector(".word").dataset.short = row.outlook_word;
  const link = tr.querySelector("a");
  link.href = row.href;
  link.dataset.end = row.name_end;
  drawBadges(tr.querySelector(".badges"), row.badges);

  const bar = tr.querySelector("progress");
  tr.querySelector(".recipients .unit").hidden = row.to_abort === null;
  bar.hidden = row.progress_share === null || row.progress_share >= 1;
  bar.value = row.progress_share ?? 0;
  tr.classList.toggle("partial", !bar.hidden);
  tr.classList.toggle("closed", !row.can_abort);

  const button = tr.querySelector("button");
  button.hidden = !row.can_abort;
  button.ariaDisabled = null;
  button.setAttribute("aria-label", row.abort_label);
  tr.querySelector(".reason").hidden = row.can_abort;
  tr.row = row;
}

// The maximum number of announcements for screen readers.
const MAX_ANNOUNCEMENTS = 3;

function announce(tr, { name, outlook, verdict_word }) {
  const before = tr.dataset.outlook;
  tr.dataset.outlook = outlook;
  const list = tr.parentElement?.closest(".rows").querySelector(".announcements");
  if (!list || !before || before === outlook) return;
  const announcement = document.createElement("p");
  announcement.textContent = `${name}: ${verdict_word}`;
  list.append(announcement);
  while (list.children.length > MAX_ANNOUNCEMENTS) list.firstElementChild.remove();
}

function drawBadges(within, badges) {
  const drawn = JSON.stringify(badges);
  if (within.dataset.drawn === drawn) return;
  within.dataset.drawn = drawn;
  within.replaceChildren(
    ...badges.map(({ word, why }) => {
      const element = document.createElement("span");
      element.className = "badge";
      element.textContent = word;
      element.title = why;
      return element;
    }),
  );
}

// Writes a text only if the text has changed.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Lets a button ignore clicks for SETTLING_MS. Use a timer: after a CSS animation in a moving row,
// Chromium may never again deliver a click to the button.
function settle(button) {
  clearTimeout(button.settling);
  button.classList.add("settling");
  button.settling = setTimeout(() => button.classList.remove("settling"), SETTLING_MS);
}

function visible(element) {
  return element.isConnected && !element.hidden && !element.closest("[hidden]");
}

// Puts the rows in order. The row with the focus must not move, because a moved row loses the
// focus.
function arrange(body, wanted, focused) {
  let at = body.firstElementChild;
  for (const tr of wanted) {
    if (tr === focused) {
      while (at !== focused) {
        const next = at.nextElementSibling;
        body.append(at);
        at = next;
      }
    }
    if (tr === at) at = at.nextElementSibling;
    else body.insertBefore(tr, at);
  }
}

// When a dialog closes, the host of the shadow root gets the focus. The host passes the focus to
// the pressed button.
function takeFocusBack(shadow, root) {
  shadow.host.style.outline = "none";
  shadow.host.onfocus = () => {
    if (shadow.activeElement) return;
    // A stopped send has no button, so its name gets the focus.
    const targets = [root.pressed, root.pressed?.closest("tr")?.querySelector("a"), root];
    passFocus(targets.find((each) => each && visible(each)));
  };
}

// After a lost connection, Streamlit drops a click (no upstream issue found). Repeat the click
// until a dialog opens, for at most 20 seconds. The clicks open only a single dialog.
//
// After an abort, a dialog sometimes does not return the focus (no upstream issue found). If no
// element has the focus during the next second, the list takes the focus.
const DIALOG_CHECK_MS = 100;
const REPEAT_CHECKS = 20;
const MAX_CHECKS = 200;
const CHECKS_AFTER_CLOSE = 10;

function waitForDialog(host, root, id) {
  clearInterval(root.waiting);
  root.opening?.disconnect();
  let isOpened = false;
  let checks = 0;
  const noticeDialog = () => {
    if (!isDialogOpen()) return false;
    isOpened = true;
    checks = 0;
    opening.disconnect();
    return true;
  };
  // On a busy computer, a person can close a dialog before the first check. A repeated click would
  // then open the dialog again.
  const opening = (root.opening = new MutationObserver(noticeDialog));
  opening.observe(document.body, { childList: true, subtree: true });
  root.waiting = setInterval(() => {
    if (noticeDialog()) return;
    checks += 1;
    if (isOpened && document.activeElement === document.body) host.focus({ preventScroll: true });
    if (checks >= (isOpened ? CHECKS_AFTER_CLOSE : MAX_CHECKS) || !(isOpened || visible(root.pressed))) {
      clearInterval(root.waiting);
      opening.disconnect();
    } else if (!isOpened && checks % REPEAT_CHECKS === 0 && !isRunning()) {
      root.request(id);
    }
  }, DIALOG_CHECK_MS);
}

// Gives the host a tabindex while a dialog is open. Without a dialog, a negative tabindex would
// make the Tab key skip the list.
function makeFocusable(host) {
  host.tabIndex = -1;
  const back = ({ key }) => {
    if (key !== "Tab" || isDialogOpen()) return;
    host.removeAttribute("tabindex");
    document.removeEventListener("keydown", back);
  };
  document.addEventListener("keydown", back);
}
