// The state that all scripts of a page share: when each answer of the server arrived, and which
// parts of the page refresh.
//
// The server writes its time into each answer, and this time identifies the answer. The server can
// send the same answer again, up to a minute later. The age of an answer is the sum of two times:
//
// - from the answer's time to the last refresh, by the server's clock;
// - from the last refresh until now, by the browser's clock.
//
// The script never compares the two clocks.
//
// The key of the state is a symbol and not the text "freio". A heading can have the id "freio". The
// browser makes each element's id a property of the window.
const shared = (window[Symbol.for("freio")] ??= { arrivals: new Map(), refreshers: new Set() });

// Above this number, `forgetArrivals` removes the answers that the page no longer shows.
const MAX_ARRIVALS = 500;

// Returns when an answer first arrived, by two clocks of the browser.
function arrival(at) {
  const name = String(at);
  let found = shared.arrivals.get(name);
  if (!found) {
    found = { at: Number(at), steady: performance.now(), wall: Date.now() };
    shared.arrivals.set(name, found);
  }
  return found;
}

// Stores the server's time of the last refresh. Call this only for an answer to a refresh. Other
// answers may be old when they arrive.
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

// Returns the age of an answer in seconds. One clock can stop while the machine sleeps, and the
// other clock can be set. The function returns the longer age. So the page shows too little time
// left rather than too much.
function passed({ at, steady, wall }) {
  const arrived = elapsed({ steady, wall });
  const { present } = shared;
  if (!present) return arrived;
  return Math.max(arrived, present.at - at + elapsed(present));
}

function elapsed({ steady, wall }) {
  return Math.max(performance.now() - steady, Date.now() - wall) / 1000;
}
