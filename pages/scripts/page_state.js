// The state that all scripts of a page share: when each answer of the server arrived, and which
// parts of the page refresh themselves. An answer is identified by the server's time in it. Its age
// is the time that has passed in this browser since it arrived: the two clocks are never compared.
// The key is a symbol: a heading's id, such as "freio", also becomes a property of the window.
const shared = (window[Symbol.for("freio")] ??= { arrivals: new Map(), refreshers: new Set() });

// Above this number, answers that nothing on the page shows any more are forgotten.
const MAX_ARRIVALS = 500;

// Returns when an answer arrived. Drawing an element again with the same answer does not make the
// answer newer.
function arrival(at) {
  const name = String(at);
  let found = shared.arrivals.get(name);
  if (!found) {
    found = { steady: performance.now(), wall: Date.now() };
    shared.arrivals.set(name, found);
    shared.lastAnswer = found;
  }
  return found;
}

function forgetArrivals(shown) {
  for (const name of shared.arrivals.keys()) {
    if (shared.arrivals.size <= MAX_ARRIVALS) return;
    if (!shown.has(name)) shared.arrivals.delete(name);
  }
}

// Returns the seconds since an arrival. The steady clock may stop while the machine sleeps, and
// then the wall clock shows the longer time. The longer time is the safe one: it can only say that
// less time is left.
function passed({ steady, wall }) {
  return Math.max(performance.now() - steady, Date.now() - wall) / 1000;
}
