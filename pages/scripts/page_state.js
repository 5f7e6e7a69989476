// The state that all scripts of a page share: the arrival of each answer of the server, and the parts of the
// page that refresh.
//
// An answer contains the server's time at its making. This time identifies the answer. The server reuses an
// answer for other people, and while the facts stay the same. An answer can therefore arrive up to a minute
// after its making. The age of an answer is the sum of two times:
//
// - from the making of the answer to the last refresh, by the server's clock;
// - from the last refresh until now, by the browser's clock.
//
// The script never compares the server's clock with the browser's clock.
//
// The key of the state is a symbol. A string could be the id of a heading, such as "freio". The browser makes
// each id a property of the window.
const shared = (window[Symbol.for("freio")] ??= { arrivals: new Map(), refreshers: new Set() });

// Above this number of arrivals, the script removes the arrivals of answers that are no longer shown.
const MAX_ARRIVALS = 500;

// Returns when an answer first arrived, by two clocks. A second drawing of the same answer changes
// nothing.
function arrival(at) {
  const name = String(at);
  let found = shared.arrivals.get(name);
  if (!found) {
    found = { at: Number(at), steady: performance.now(), wall: Date.now() };
    shared.arrivals.set(name, found);
  }
  return found;
}

// Stores the server's time of the last refresh. Call this only for an answer to a refresh, because
// other answers may be old when they arrive.
function noteServerTime(at) {
  if (shared.present?.at !== at) {
    shared.present = { at, steady: performance.now(), wall: Date.now() };
  }
}

function forgetArrivals(shown) {
  for (const name of shared.arrivals.keys()) {
    if (shared.arrivals.size <= MAX_ARRIVALS) return;
    if (!shown.has(name)) shared.arrivals.delete(name);
  }
}

// Returns the age of an answer in seconds. The monotonic clock can stop while the machine sleeps. The
// function therefore reads two clocks, and returns the longer age: the page then shows less time left.
function passed({ at, steady, wall }) {
  const arrived = elapsed({ steady, wall });
  const { present } = shared;
  if (!present) return arrived;
  return Math.max(arrived, present.at - at + elapsed(present));
}

function elapsed({ steady, wall }) {
  return Math.max(performance.now() - steady, Date.now() - wall) / 1000;
}
