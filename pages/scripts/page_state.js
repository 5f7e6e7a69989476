// The state of a page for all scripts: the arrival of each answer, and the refreshing parts.
//
// Each answer contains the time of the server. This time identifies the answer. For up to a minute,
// the server can send an answer again. The age of an answer is the sum of two times:
//
// - from the time in the answer to the last refresh, by the clock of the server;
// - from the last refresh until now, by the clock of the browser.
//
// The script never compares the two clocks.
//
// The key of the state is a symbol, because a heading can have the id "freio". The browser makes
// the id of each element a property of the window.
const shared = (window[Symbol.for("freio")] ??= { arrivals: new Map(), refreshers: new Set() });

// Above this number, `forgetArrivals` removes the oldest arrivals, but none that the page shows.
const MAX_ARRIVALS = 500;

// Returns the first arrival of an answer, by two clocks of the browser.
function arrival(at) {
  const name = String(at);
  let found = shared.arrivals.get(name);
  if (!found) {
    found = { at: Number(at), steady: performance.now(), wall: Date.now() };
    shared.arrivals.set(name, found);
  }
  return found;
}

// Stores the server time of the last refresh. Call this only for an answer to a refresh. Answers of
// other kinds may be old on arrival.
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

// Returns the age of an answer in seconds. One clock of the browser can stop while the machine
// sleeps, and a person can set the other clock. If the ages differ, the longer age counts: the
// page must not show too much time left.
function passed({ at, steady, wall }) {
  const arrived = elapsed({ steady, wall });
  const { present } = shared;
  if (!present) return arrived;
  return Math.max(arrived, present.at - at + elapsed(present));
}

function elapsed({ steady, wall }) {
  return Math.max(performance.now() - steady, Date.now() - wall) / 1000;
}
