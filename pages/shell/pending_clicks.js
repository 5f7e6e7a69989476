// Watches the connection and every click on a button. Shows a notice if no answer comes.
//
// After a reconnect, the page may have a new server. The new server does not know the page, and
// silently drops requests for a part of the page. The script therefore requests a run of the whole
// page, and names the open dialog. Until the answer arrives, the script stops all clicks, because
// the results would be unknown. (streamlit #8901, "Reconnect to existing sessions instead of
// creating new upon unclean websocket close"; pull request #11890, "Fix issue with missing fragment
// after reconnect".)
//
// A click is answered when its run has ended. The script reports every click without an answer, and never repeats a
// click. While a click waits, no part of the page requests a refresh. A new run therefore belongs to the click, or to
// an earlier request.

const WATCH_MS = 250;
// After REPORT_MS without an answer, the script reports a click. After GIVE_UP_MS, the script stops waiting.
const REPORT_MS = 1_400;
const GIVE_UP_MS = 4_000;
// After this time without the whole page, the script requests the page again.
const REPEAT_MS = 10_000;
// A server that answers other requests gets this time to answer this page.
const HEALTHY_MS = 4_000;
// After this time, the script reports a lost connection.
const AWAY_MS = 1_000;
// After the tab is shown again, the notice about the server waits this long for a refresh.
const GRACE_MS = 3_000;

const BUTTONS = ["stButton", "stFormSubmitButton", "stButtonGroup"]
  .map((id) => `[data-testid="${id}"] button:not([aria-checked="true"])`)
  .concat('.abort-answers button:not([aria-disabled="true"])')
  .join(", ");
const CONNECTION = "data-test-connection-state";
const SCRIPT = "data-test-script-state";
// The title of Streamlit's dialog about a lost connection.
const CONNECTION_ERROR = "Connection error";

function startClickWatch(data, request) {
  const watch = (shared.watch ??= startWatch());
  watch.words = data.notices;
  watch.silentAfter = data.silent_after;
  watch.request = request;
  if (watch.answered !== data.at) {
    watch.answered = data.at;
    watch.answeredAt = performance.now();
    noteServerTime(data.at);
    noteAnswer();
  }
}

function stopClickWatch() {
  shared.watch?.stop();
  shared.watch = undefined;
}

function startWatch() {
  // `isPageWanted`: the script requests the whole page. `isPageRequired`: until the page has
  // arrived, the script also stops all clicks.
  const watch = { isPageWanted: false, isPageRequired: false };
  const observer = new MutationObserver((records) => {
    const changed = new Set(records.map((record) => record.attributeName));
    if (changed.has(CONNECTION)) watch.isPageWanted = watch.isPageRequired = true;
    if (changed.has(SCRIPT)) noteRun(watch.click);
    checkWatch();
  });
  observer.observe(document.body, { subtree: true, attributeFilter: [CONNECTION, SCRIPT] });
  const timer = setInterval(checkWatch, WATCH_MS);
  document.addEventListener("click", handleClick, true);
  // A click on the button of a row opens a dialog. rows.js repeats the request until the dialog is
  // open.
  shared.noteRowClick = (send) => noteClick(send, true);
  shared.noteClick = () => noteClick();
  shared.noteAnswer = noteAnswer;
  watch.stop = () => {
    observer.disconnect();
    clearInterval(timer);
    document.removeEventListener("click", handleClick, true);
    document.getElementById("freio-notice")?.remove();
  };
  return watch;
}

function isConnected() {
  return document.querySelector(`[${CONNECTION}]`)?.getAttribute(CONNECTION) === "CONNECTED";
}

function checkWatch() {
  const watch = shared.watch;
  const now = performance.now();
  watch.brokeAt = isConnected() ? undefined : (watch.brokeAt ?? now);
  if (watch.isPageWanted) recover(watch, now);
  else watch.requestedAt = undefined;
  if (watch.click) judgeClick(watch, watch.click, now);
  showNotice(watch, now);
  if (watch.brokeAt !== undefined) closeConnectionError();
}

// Closes Streamlit's dialog about a lost connection. The dialog is in English, and covers the notice (no upstream
// issue found). Streamlit does not open a closed dialog again.
function closeConnectionError() {
  for (const title of document.querySelectorAll('[role="dialog"] > h2')) {
    if (title.textContent === CONNECTION_ERROR) title.parentElement.querySelector("button").click();
  }
}

// Requests the whole page until it has arrived.
function recover(watch, now) {
  if (watch.brokeAt !== undefined) {
    watch.requestedAt = undefined;
    if (watch.click) watch.click.isBroken = true;
  } else if (
    watch.requestedAt === undefined ||
    (now - watch.requestedAt > REPEAT_MS && !isRunning())
  ) {
    watch.requestedAt = now;
    if (watch.isPageRequired) requestPage(watch);
    else requestPageIfHealthy(watch);
  } else if (watch.answeredAt > watch.requestedAt && !isRunning()) {
    watch.isPageWanted = watch.isPageRequired = false;
  }
}

function requestPage(watch) {
  const open = document.querySelector("[data-abort], [data-bulk]")?.dataset;
  const { abort: send = "", bulk = "", session } = open ?? {};
  // The dialog of a bulk abort is about the selection (row_selection.js).
  const ids = bulk && shared.selection.base.is_complete ? shared.selection.base.ids : [];
  watch.request(open ? { send, bulk, session, ids } : {});
}

// Requests the whole page if the server answers other requests, but not this page. On a slow
// server, a click may still wait. A request for the page would make Streamlit drop this click (no
// upstream issue found).
async function requestPageIfHealthy(watch) {
  const isHealthy = await fetch("healthz", { cache: "no-store" }).then(({ ok }) => ok, () => false);
  await new Promise((done) => setTimeout(done, HEALTHY_MS));
  if (isHealthy && watch.isPageWanted && !isRunning() && isConnected()) requestPage(watch);
}

function handleClick(event) {
  const path = event.composedPath().filter((each) => each instanceof Element);
  if (!path.some((each) => each.matches(BUTTONS))) return;
  if (!shared.watch.isPageRequired) {
    noteClick(document.querySelector("[data-abort]")?.dataset.abort);
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  shared.watch.notice = { text: shared.watch.words.unsent };
  checkWatch();
}

// Notes a click that the browser sends to the server. `send` is the id of the click's send, or
// undefined.
function noteClick(send, opensDialog = false) {
  shared.watch.notice = undefined;
  shared.watch.click = {
    send,
    opensDialog,
    at: performance.now(),
    dialog: document.querySelector('[role="dialog"]'),
    isAnswered: false,
    wasRunning: isRunning(),
    // A refresh that the page requested before the click, without an answer yet.
    earlier: [...shared.refreshers].find((refresher) => refresher.requests > 0),
  };
}

// Notes an answer for the whole page, or for the part with the refresher.
function noteAnswer(refresher) {
  const { watch } = shared;
  if (watch && !watch.isPageRequired) watch.isPageWanted = false;
  const click = watch?.click;
  if (!click) return;
  if (refresher && refresher === click.earlier) click.earlier = undefined;
  else click.isAnswered = true;
}

// Notes that a run has started or ended. A new run belongs to the click if no earlier run or request is open.
function noteRun(click) {
  if (!click) return;
  if (!isRunning()) click.wasRunning = false;
  else if (!click.wasRunning && !click.earlier) click.isAnswered = true;
}

function judgeClick(watch, click, now) {
  click.idleSince = isRunning() ? undefined : (click.idleSince ?? now);
  const isIdle = click.idleSince !== undefined && now - click.idleSince >= WATCH_MS;
  if (click.isAnswered && isIdle && !click.isBroken) {
    watch.click = watch.notice = undefined;
    return;
  }
  const waited = now - click.at;
  if (click.isBroken || waited >= REPORT_MS) {
    watch.notice ??= { text: watch.words.unanswered, click };
  }
  if (click.isBroken || (waited >= GIVE_UP_MS && !click.isAnswered && !isRunning())) {
    watch.click = undefined;
  }
}

function isSilent(watch, now) {
  if (document.visibilityState === "hidden") {
    watch.visibleSince = undefined;
    return false;
  }
  watch.visibleSince ??= now;
  const refreshes = document.querySelector('[class*="st-key-auto_refresh_"]');
  if (now - watch.visibleSince < GRACE_MS || !refreshes) return false;
  return shared.present !== undefined && elapsed(shared.present) > watch.silentAfter;
}

// Shows the notice above the page, or in an open dialog.
function showNotice(watch, now) {
  const { click } = watch.notice ?? {};
  const dialog = document.querySelector('[role="dialog"]');
  // The notice ends if the dialog of the click has closed, or if the requested dialog has opened.
  const isClosed = click?.dialog && !dialog && !click.isBroken;
  watch.closedAt = isClosed ? (watch.closedAt ?? now) : undefined;
  const hasClosed = isClosed && now - watch.closedAt > AWAY_MS;
  if (hasClosed || (click?.opensDialog && dialog)) watch.notice = undefined;
  const isAway = watch.brokeAt !== undefined && now - watch.brokeAt > AWAY_MS;
  const away = isAway || isSilent(watch, now);
  document.documentElement.classList.toggle("freio-silent", away);
  let bar = document.getElementById("freio-notice");
  if (!away && !watch.notice) {
    bar?.remove();
    return;
  }
  bar ??= newBar();
  const place = dialog ?? document.body;
  if (bar.parentElement !== place) place.append(bar);
  bar.style.colorScheme = colorScheme();
  const [ofServer, ofClick] = bar.children;
  const words = watch.words;
  // A notice about a click replaces the notice about the server.
  ofServer.hidden = watch.notice !== undefined;
  writeInPlace(ofServer, ofServer.hidden ? "" : words.away);
  ofClick.hidden = !watch.notice;
  if (!watch.notice) return;
  const [text, open, reload, close] = ofClick.children;
  writeInPlace(text, watch.notice.text);
  open.hidden = !click?.send;
  open.href = `configuration?id=${encodeURIComponent(click?.send ?? "")}`;
  writeInPlace(open, words.open);
  reload.href = location.href;
  writeInPlace(reload, words.reload);
  writeInPlace(close, words.close);
}

function newBar() {
  const bar = document.createElement("div");
  bar.id = "freio-notice";
  // React Aria's dialogs hide the page from screen readers. This attribute makes an exception.
  bar.setAttribute("data-react-aria-top-layer", "true");
  const add = (parent, name) => parent.appendChild(document.createElement(name));
  add(bar, "p").setAttribute("role", "status");
  const click = add(bar, "div");
  click.setAttribute("role", "alert");
  add(click, "p");
  add(click, "a");
  add(click, "a");
  const close = add(click, "button");
  close.type = "button";
  close.onclick = () => {
    shared.watch.notice = undefined;
    shared.watch.click = undefined;
    checkWatch();
  };
  return bar;
}
