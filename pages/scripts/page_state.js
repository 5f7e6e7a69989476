// The state that all scripts of a page share: when each answer of the server arrived, and which
// parts of the page refresh themselves. The server's time in an answer identifies the answer. That
// time can be up to a minute before the answer arrives, if many people share the answer or its facts
// stay the same. The age of an answer is the sum of two parts: the server's time in the last refresh
// minus the time in the answer, and the time since that refresh by this browser's clock. The clocks of
// server and browser are never compared. The key is a symbol, because a heading's id, such as "freio",
// also becomes a property of the window.
const shared = (window[Symbol.for("freio")] ??= { arrivals: new Map(), refreshers: new Set() });

// If more answers are stored, those that the page no longer shows are removed.
const MAX_ARRIVALS = 500;

// Returns the times at which an answer first arrived. If an element is drawn again with the same answer,
// these times stay.
function arrival(at) {
  const name = String(at);
  let found = shared.arrivals.get(name);
  if (!found) {
    found = { at: Number(at), steady: performance.now(), wall: Date.now() };
    shared.arrivals.set(name, found);
  }
  return found;
}

// Stores the server's time of a refresh. Only the answer to a refresh is always new: other answers can
// be older when they arrive.
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

// Returns the seconds since the time of an answer. The monotonic clock may stop while the machine sleeps,
// so the wall clock is read too. The longer time counts, because it is safer: it shows less time left.
function passed({ at, steady, wall }) {
  const arrived = elapsed({ steady, wall });
  const { present } = shared;
  if (!present) return arrived;
  return Math.max(arrived, present.at - at + elapsed(present));
}

function elapsed({ steady, wall }) {
  return Math.max(performance.now() - steady, Date.now() - wall) / 1000;
}
