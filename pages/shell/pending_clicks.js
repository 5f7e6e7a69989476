// Watches the connection and every press of a button.
//
// When the connection comes back, the server may be another one that knows nothing of this page: it
// drops what is asked of a part of the page (a refresh, a button in a dialog) without an answer. So
// this script asks for a run of the whole page, and says which dialog stands open. Until that run has
// come, no press is passed on: nobody could tell what became of it.
//
// A press is answered when a run that it began has come to its end. One without an answer is never
// silent, and never sent again by itself. While it waits, no part of the page asks for a refresh, so
// that each run but the one on its way already is the press's own.

const WATCH_MS = 250;
// A press without an answer is told of after this long, and given up after the second.
const TELL_MS = 1_400;
const GIVE_UP_MS = 4_000;
// An answer to a request for the whole page takes this long at most, else it is asked for again.
const ASK_AGAIN_MS = 10_000;
// A server that answers other requests gets this long to go on with what it was asked before.
const HEALTHY_MS = 4_000;
// How long a connection may be away before it is told.
const AWAY_MS = 1_000;
// After a look at another tab, the refresh gets this long before the server is called silent.
const GRACE_MS = 3_000;

const BUTTONS = ["stButton", "stFormSubmitButton", "stButtonGroup"]
  .map((id) => `[data-testid="${id}"] button:not([aria-checked="true"])`)
  .join(", ");
const CONNECTION = "data-test-connection-state";
const SCRIPT = "data-test-script-state";

function startAnswers(data, ask) {
  const watch = (live.watch ??= startWatch());
  watch.words = data.answers;
  watch.silentAfter = data.silent_after;
  watch.ask = ask;
  if (watch.answered !== data.at) {
    watch.answered = data.at;
    watch.answeredAt = performance.now();
    arrival(data.at);
    heard();
  }
}

function stopAnswers() {
  live.watch?.stop();
  live.watch = undefined;
}

function startWatch() {
  // The whole page is wanted; where it is owed, no press is passed on before it has come.
  const watch = { isWanted: false, isOwed: false };
  const observer = new MutationObserver((records) => {
    const changed = new Set(records.map((record) => record.attributeName));
    if (changed.has(CONNECTION)) watch.isWanted = watch.isOwed = true;
    if (changed.has(SCRIPT)) noteRun(watch.press);
    look();
  });
  observer.observe(document.body, { subtree: true, attributeFilter: [CONNECTION, SCRIPT] });
  const timer = setInterval(look, WATCH_MS);
  document.addEventListener("click", pressed, true);
  // A row's button asks for a dialog, again and again until it has come (rows.js).
  live.pressed = (send) => note(send, true);
  live.heard = heard;
  watch.stop = () => {
    observer.disconnect();
    clearInterval(timer);
    document.removeEventListener("click", pressed, true);
    document.getElementById("freio-told")?.remove();
  };
  return watch;
}

function isConnected() {
  return document.querySelector(`[${CONNECTION}]`)?.getAttribute(CONNECTION) === "CONNECTED";
}

function look() {
  const watch = live.watch;
  const now = performance.now();
  watch.brokeAt = isConnected() ? undefined : (watch.brokeAt ?? now);
  if (watch.isWanted) recover(watch, now);
  else watch.askedAt = undefined;
  if (watch.press) judge(watch, watch.press, now);
  tell(watch, now);
}

// Asks for the whole page until it has come.
function recover(watch, now) {
  if (watch.brokeAt !== undefined) {
    watch.askedAt = undefined;
    if (watch.press) watch.press.isBroken = true;
  } else if (watch.askedAt === undefined || (now - watch.askedAt > ASK_AGAIN_MS && !isRunning())) {
    watch.askedAt = now;
    if (watch.isOwed) askForPage(watch);
    else askWhereAlive(watch);
  } else if (watch.answeredAt > watch.askedAt && !isRunning()) {
    watch.isWanted = watch.isOwed = false;
  }
}

function askForPage(watch) {
  const open = document.querySelector("[data-abort]")?.dataset;
  watch.ask(open ? { send: open.abort, session: open.session } : {});
}

// A server that was frozen still holds the press, and Streamlit drops what has not begun for a run of
// the whole page. So only one that answers other requests, and goes on saying nothing to this page,
// is asked for it.
async function askWhereAlive(watch) {
  const isAlive = await fetch("healthz", { cache: "no-store" }).then(({ ok }) => ok, () => false);
  await new Promise((done) => setTimeout(done, HEALTHY_MS));
  if (isAlive && watch.isWanted && !isRunning() && isConnected()) askForPage(watch);
}

function pressed(event) {
  const path = event.composedPath().filter((each) => each instanceof Element);
  if (!path.some((each) => each.matches(BUTTONS))) return;
  if (!live.watch.isOwed) {
    note(document.querySelector("[data-abort]")?.dataset.abort);
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  live.watch.told = { text: live.watch.words.unsent };
  look();
}

// Notes a press that is on its way to the server, and the send it is about.
function note(send, asksForDialog = false) {
  live.watch.told = undefined;
  live.watch.press = {
    send,
    asksForDialog,
    at: performance.now(),
    dialog: document.querySelector('[role="dialog"]'),
    isHeard: false,
    wasRunning: isRunning(),
    // The refresh whose answer is on its way already.
    earlier: [...live.pulses].find((pulse) => pulse.tries > 0),
  };
}

// Notes an answer, be it of the whole page or of the part with this pulse.
function heard(pulse) {
  const { watch } = live;
  if (watch && !watch.isOwed) watch.isWanted = false;
  const press = watch?.press;
  if (!press) return;
  if (pulse && pulse === press.earlier) press.earlier = undefined;
  else press.isHeard = true;
}

// Notes that a run began or ended: one that begins after all else has ended is the press's own.
function noteRun(press) {
  if (!press) return;
  if (!isRunning()) press.wasRunning = false;
  else if (!press.wasRunning && !press.earlier) press.isHeard = true;
}

function judge(watch, press, now) {
  press.restsSince = isRunning() ? undefined : (press.restsSince ?? now);
  const rests = press.restsSince !== undefined && now - press.restsSince >= WATCH_MS;
  if (press.isHeard && rests && !press.isBroken) {
    watch.press = watch.told = undefined;
    return;
  }
  const waited = now - press.at;
  if (press.isBroken || waited >= TELL_MS) {
    watch.told ??= { text: watch.words.unanswered, press };
  }
  if (press.isBroken || (waited >= GIVE_UP_MS && !press.isHeard && !isRunning())) {
    watch.press = undefined;
  }
}

function isSilent(watch, now) {
  if (document.visibilityState === "hidden") {
    watch.seenSince = undefined;
    return false;
  }
  watch.seenSince ??= now;
  if (now - watch.seenSince < GRACE_MS || !document.querySelector('[class*="st-key-pulse_"]')) {
    return false;
  }
  return live.lastAnswer !== undefined && passed(live.lastAnswer) > watch.silentAfter;
}

// Says what is so: above everything else, and within an open dialog, where the keyboard is.
function tell(watch, now) {
  const { press } = watch.told ?? {};
  const dialog = document.querySelector('[role="dialog"]');
  // What came of the press stands on the page, or the dialog that it asked for has come.
  const isClosed = press?.dialog && !dialog && !press.isBroken;
  watch.closedAt = isClosed ? (watch.closedAt ?? now) : undefined;
  const hasClosed = isClosed && now - watch.closedAt > AWAY_MS;
  if (hasClosed || (press?.asksForDialog && dialog)) watch.told = undefined;
  const isAway = watch.brokeAt !== undefined && now - watch.brokeAt > AWAY_MS;
  const away = isAway || isSilent(watch, now);
  document.documentElement.classList.toggle("freio-silent", away);
  let bar = document.getElementById("freio-told");
  if (!away && !watch.told) {
    bar?.remove();
    return;
  }
  bar ??= newBar();
  const place = dialog ?? document.body;
  if (bar.parentElement !== place) place.append(bar);
  bar.style.colorScheme = scheme();
  const [ofServer, ofPress] = bar.children;
  const words = watch.words;
  // What is said of the press covers it.
  ofServer.hidden = watch.told !== undefined;
  put(ofServer, ofServer.hidden ? "" : words.away);
  ofPress.hidden = !watch.told;
  if (!watch.told) return;
  const [text, look, reload, close] = ofPress.children;
  put(text, watch.told.text);
  look.hidden = !press?.send;
  look.href = `configuration?id=${encodeURIComponent(press?.send ?? "")}`;
  put(look, words.look);
  reload.href = location.href;
  put(reload, words.reload);
  put(close, words.close);
}

function newBar() {
  const bar = document.createElement("div");
  bar.id = "freio-told";
  // Streamlit's dialogs hide all else from screen readers, save what says that it stands above.
  bar.setAttribute("data-react-aria-top-layer", "true");
  const add = (parent, name) => parent.appendChild(document.createElement(name));
  add(bar, "p").setAttribute("role", "status");
  const press = add(bar, "div");
  press.setAttribute("role", "alert");
  add(press, "p");
  add(press, "a");
  add(press, "a");
  const close = add(press, "button");
  close.type = "button";
  close.onclick = () => {
    live.watch.told = undefined;
    live.watch.press = undefined;
    look();
  };
  return bar;
}
