// The state that all scripts of a page share: when each answer of the server arrived, and which
// parts of the page refresh themselves.
//
// An answer contains the server's time. This time identifies the answer. The answer can arrive up to a minute
// later, because many people share one answer, or because the facts of the answer stay the same. The age of
// an answer is the sum of two times:
//
// - from the answer to the last refresh, by the clock of the server;
// - from the last refresh until now, by the clock of the browser.
//
// The script never compares the clock of the server with the clock of the browser.
//
// The key of the state is a symbol. A text would be unsafe, because the browser makes the id of
// each heading, such as "freio", a property of the window.
const shared = (window[Symbol.for("freio")] ??= { arrivals: new Map(), refreshers: new Set() });

// If more answers than this are stored, answers that the page no longer shows are removed.
const MAX_ARRIVALS = 500;

// Returns the times at which an answer first arrived. These times stay the same when an element is
// drawn again with the same answer.
function arrival(at) {
  const name = String(at);
  let found = shared.arrivals.get(name);
  if (!found) {
    found = { at: Number(at), steady: performance.now(), wall: Date.now() };
    shared.arrivals.set(name, found);
  }
  return found;
}

// Stores the server's time of a refresh. Call this only for the answer to a refresh, because only
// this answer is always new when it arrives.
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

// Returns the seconds since the time of an answer. The function reads two clocks, because the
// monotonic clock can stop while the machine sleeps. It returns the longer time. The page then shows
// less time left, which is safer.
function passed({ at, steady, wall }) {
  const arrived = elapsed({ steady, wall });
  const { present } = shared;
  if (!present) return arrived;
  return Math.max(arrived, present.at - at + elapsed(present));
}

function elapsed({ steady, wall }) {
  return Math.max(performance.now() - steady, Date.now() - wall) / 1000;
}
