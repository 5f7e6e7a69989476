// What the scripts of a page share: when each answer of the server came, and what is still open.
// An answer is named by the moment, by the server's clock, that stands in it. How old it is follows
// from the time that passed in this browser since it came, never from what its clock says.
// Under a symbol: a heading's id, such as "freio", is a name of the window too.
const live = (window[Symbol.for("freio")] ??= { arrivals: new Map(), pulses: new Set() });

// The oldest answers that nothing on the page shows any more are forgotten.
const MOST_ARRIVALS = 500;

// Returns when an answer came. An element that is drawn again with the same answer does not make it
// newer.
function arrival(at) {
  const name = String(at);
  let found = live.arrivals.get(name);
  if (!found) {
    found = { steady: performance.now(), wall: Date.now() };
    live.arrivals.set(name, found);
    live.lastAnswer = found;
  }
  return found;
}

function forgetArrivals(shown) {
  for (const name of live.arrivals.keys()) {
    if (live.arrivals.size <= MOST_ARRIVALS) return;
    if (!shown.has(name)) live.arrivals.delete(name);
  }
}

// A machine that slept may have stopped its steady clock; the wall clock then tells the longer
// time. The longer one is the careful one: it can only say that there is less time left.
function passed({ steady, wall }) {
  return Math.max(performance.now() - steady, Date.now() - wall) / 1000;
}
