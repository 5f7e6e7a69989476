// Asks for a refresh of the part of the page it stands in, by the browser's clock: never while the
// tab is hidden, at once when it is looked at again, and not while the last answer is still on its
// way. Streamlit's own `run_every` goes on in tabs that nobody sees.

const LOOK_MS = 250;
// An answer that takes this many periods is given up, and asked for again.
const PATIENCE = 6;
// Streamlit sends what is triggered in one moment as one message, for one part of the page: the
// others would get no answer. So parts ask one after the other.
const APART_MS = 20;
let nextTurn = 0;

export default function ({ data, parentElement, setTriggerValue }) {
  const pulse = (parentElement.pulse ??= start());
  pulse.period = data.seconds * 1000;
  pulse.ask = () => setTriggerValue("due", true);
  // New data is the answer to what was asked.
  if (pulse.answered !== data.at) {
    pulse.answered = data.at;
    pulse.waiting = false;
    pulse.since = performance.now();
    if (data.go) visit(data.go);
  }
  return () => {
    pulse.stop();
    parentElement.pulse = undefined;
  };
}

function start() {
  const pulse = { waiting: false, since: performance.now() };
  const look = () => {
    if (document.visibilityState === "hidden") return;
    const periods = (performance.now() - pulse.since) / pulse.period;
    if (periods < (pulse.waiting ? PATIENCE : 1)) return;
    pulse.waiting = true;
    pulse.since = performance.now();
    inTurn(() => pulse.ask());
  };
  const timer = setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
  pulse.stop = () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
  return pulse;
}

function inTurn(ask) {
  const now = performance.now();
  const turn = Math.max(now, nextTurn);
  nextTurn = turn + APART_MS;
  setTimeout(ask, turn - now);
}
