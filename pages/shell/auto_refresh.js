// Requests refreshes of the part of the page that contains this component. A hidden tab requests nothing. After
// the tab is shown again, the script requests an overdue refresh at once. Streamlit's `run_every` also runs in
// hidden tabs (no upstream issue found).
//
// A request during a run cancels the run. The run may be the answer to a click. The parts therefore
// send requests one after another, and only while the server runs nothing for this page. (Described
// in streamlit pull request #8798, "Fix st.rerun fragment thread reuse issue".)
//
// If a request arrives at the end of a run, Streamlit discards the unsent messages of the run. A dialog can be
// lost. Each request therefore names the last run of the whole page that arrived completely. If a later run has
// not arrived, the server repeats the run. (Described in streamlit pull request #10147, "Don't request_rerun for
// fragments that do not exist anymore".)

const CHECK_MS = 250;
// After MAX_PERIODS periods without an answer, the script repeats a request. After MAX_REQUESTS
// requests, the script requests the whole page, because the server may not know this part.
const MAX_PERIODS = 2;
const MAX_REQUESTS = 2;
// The time of the last request of all parts of the page.
let requestedAt = -CHECK_MS;

function drawComponent({ data, parentElement, setTriggerValue }) {
  const refresher = (parentElement.refresher ??= start());
  refresher.period = data.seconds * 1000;
  refresher.request = () => setTriggerValue("due", lastCompleteRun());
  // New data is the answer to the last request.
  if (refresher.answered !== data.at) {
    noteServerTime(data.at);
    shared.noteAnswer?.(refresher);
    refresher.answered = data.at;
    refresher.requests = 0;
    refresher.since = performance.now();
    refresher.jitter = jitter();
    if (data.others) {
      for (const each of shared.refreshers) if (each !== refresher) each.since = -Infinity;
    }
    if (data.go) navigate(data.go);
  }
  return () => {
    refresher.stop();
    parentElement.refresher = undefined;
  };
}

// Returns a random factor for the period. Without this factor, many tabs would send requests at the same moment.
function jitter() {
  return 0.7 + 0.6 * Math.random();
}

function isBusy() {
  // A click waits for an answer, or the whole page has been requested (pending_clicks.js).
  if (shared.watch?.click || shared.watch?.isPageWanted) return true;
  // Streamlit takes a moment to show that a run was requested.
  if (performance.now() - requestedAt < CHECK_MS) return true;
  return isRunning();
}

// Returns the number of the last complete run. The page can still have the end marker of an older run.
function lastCompleteRun() {
  const ends = [...document.querySelectorAll("[data-page-run]")];
  return Math.max(0, ...ends.map((end) => Number(end.dataset.pageRun)));
}

// Sends a request if the page waits for no answer. Returns whether the request was sent.
function requestInTurn(request) {
  if (isBusy()) return false;
  requestedAt = performance.now();
  request();
  return true;
}

function start() {
  const refresher = { requests: 0, since: performance.now(), jitter: jitter() };
  const check = () => {
    if (document.visibilityState === "hidden") return;
    if (isBusy()) return;
    const periods = (performance.now() - refresher.since) / refresher.period;
    if (periods < (refresher.requests ? MAX_PERIODS : refresher.jitter)) return;
    refresher.since = performance.now();
    if (refresher.requests >= MAX_REQUESTS && shared.watch) {
      shared.watch.isPageWanted = true;
      return;
    }
    refresher.requests += 1;
    requestedAt = refresher.since;
    refresher.request();
  };
  shared.requestInTurn = requestInTurn;
  const timer = setInterval(check, CHECK_MS);
  document.addEventListener("visibilitychange", check);
  shared.refreshers.add(refresher);
  refresher.stop = () => {
    shared.refreshers.delete(refresher);
    clearInterval(timer);
    document.removeEventListener("visibilitychange", check);
  };
  return refresher;
}
