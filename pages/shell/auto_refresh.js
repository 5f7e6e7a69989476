// Asks for a refresh of the part of the page it stands in, by the browser's clock: never while the
// tab is hidden, at once when it is looked at again, and not while the last answer is still on its
// way. Streamlit's own `run_every` goes on in tabs that nobody sees.
//
// Streamlit sends what is triggered in one moment as one message, for one part of the page, and a
// request that comes while the script runs cuts that run off, be it another part's refresh or the
// answer to a click. So parts ask one after the other, and only while nothing runs.
//
// A request that comes in the moment in which a run ends makes Streamlit throw away what of that run
// is still on its way here, be it the dialog that a click was to open. So each request tells which
// run of the whole page has come here to its end, and the server runs again what did not.

const LOOK_MS = 250;
// An answer that takes this many periods is given up, and asked for again: after so many times by a
// run of the whole page, for the server may know nothing of this part.
const PATIENCE = 2;
const TRIES = 2;
// When a part of this page last asked.
let askedAt = -LOOK_MS;

export default function ({ data, parentElement, setTriggerValue }) {
  const pulse = (parentElement.pulse ??= start());
  pulse.period = data.seconds * 1000;
  pulse.ask = () => setTriggerValue("due", lastWhole());
  // New data is the answer to what was asked.
  if (pulse.answered !== data.at) {
    arrival(data.at);
    live.heard?.(pulse);
    pulse.answered = data.at;
    pulse.tries = 0;
    pulse.since = performance.now();
    pulse.stretch = stretch();
    if (data.go) visit(data.go);
  }
  return () => {
    pulse.stop();
    parentElement.pulse = undefined;
  };
}

// Tabs that once waited for the same thing would ask at the same moment for good.
function stretch() {
  return 0.7 + 0.6 * Math.random();
}

function isBusy() {
  // A press waits for its answer, or the whole page has been asked for (answers.js).
  if (live.watch?.press || live.watch?.isWanted) return true;
  // Streamlit takes a moment to show that it was asked.
  if (performance.now() - askedAt < LOOK_MS) return true;
  return isRunning();
}

// While a page is drawn, the end of the one before it may still stand there.
function lastWhole() {
  const ends = [...document.querySelectorAll("[data-page-run]")];
  return Math.max(0, ...ends.map((end) => Number(end.dataset.pageRun)));
}

function start() {
  const pulse = { tries: 0, since: performance.now(), stretch: stretch() };
  const look = () => {
    if (document.visibilityState === "hidden") return;
    if (isBusy()) return;
    const periods = (performance.now() - pulse.since) / pulse.period;
    if (periods < (pulse.tries ? PATIENCE : pulse.stretch)) return;
    pulse.since = performance.now();
    if (pulse.tries >= TRIES && live.watch) {
      live.watch.isWanted = true;
      return;
    }
    pulse.tries += 1;
    askedAt = pulse.since;
    pulse.ask();
  };
  const timer = setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
  live.pulses.add(pulse);
  pulse.stop = () => {
    live.pulses.delete(pulse);
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
  return pulse;
}
