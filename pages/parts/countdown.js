// Counts the time left in each row down, without the server. Part of the same script as rows.js.
// The server says how many seconds were left when it wrote; from then on only the time that passed
// in this browser counts, never what its clock says the time is.

const LOOK_MS = 250;
// After a look at another tab, the refresh gets this long before the server is called silent.
const GRACE_MS = 3_000;

// Remembers when data came, once for each writing of it: a change of theme brings the same again.
function receive(root, data) {
  if (root.received?.at !== data.at) {
    root.received = {
      at: data.at,
      currentFor: data.current_for,
      steady: performance.now(),
      wall: Date.now(),
    };
  }
  root.count = data.count;
  root.silentAfter = data.silent_after;
  return root.received;
}

// A machine that slept may have stopped its steady clock; the wall clock then tells the longer
// time. The longer one is the careful one: it can only say that there is less time left.
function passed({ steady, wall }) {
  return Math.max(performance.now() - steady, Date.now() - wall) / 1000;
}

function count(root) {
  if (document.visibilityState === "hidden") {
    root.seen = undefined;
    return;
  }
  root.seen ??= performance.now();
  for (const tr of root.querySelectorAll("tbody tr")) {
    doubt(tr, tick(tr.querySelector(".left"), tr.closes, root.count), root.count);
  }
  const isAwake = performance.now() - root.seen > GRACE_MS;
  const isSilent = isAwake && passed(root.received) > root.silentAfter;
  root.classList.toggle("is-silent", isSilent);
  const told = root.querySelector(".silent");
  told.hidden = !isSilent;
  if (isSilent) write(told, root.count.silent);
}

function tick(cell, { text, why, isUnsure, left, received }, words) {
  const now = left === null ? null : left - passed(received);
  const isDue = now !== null && now < 1;
  // What the source has said within the last minute is so: it has not begun.
  const isOver = isDue && passed(received) > received.currentFor;
  const isLast = !isDue && now !== null && now < 60;
  cell.classList.toggle("counts", now !== null);
  cell.classList.toggle("unsure", isUnsure && now !== null && !isDue);
  cell.classList.toggle("over", isOver);
  cell.classList.toggle("last", isLast);
  const shown = cell.querySelector(".count");
  // What is counted in days is left as the server wrote it.
  write(shown, now === null || now >= 86_400 ? text : due(now, isDue, isOver, words));
  if (shown.title !== why) shown.title = why;
  return isOver;
}

function due(now, isDue, isOver, words) {
  if (isOver) return words.over;
  return isDue ? words.soon : span(now, words);
}

// What may have begun is not called stoppable any more, until the data says otherwise.
function doubt(tr, isOver, words) {
  const isDoubtful = isOver && tr.dataset.outlook === "stoppable";
  tr.classList.toggle("doubtful", isDoubtful);
  if (!isDoubtful) return;
  write(tr.querySelector("[data-field=verdict_word]"), words.doubtful);
  write(tr.querySelector("[data-field=sign]"), words.doubtful_sign);
}

function span(seconds, words) {
  const s = Math.floor(seconds);
  const put = (template, values) => template.replace(/\{(\w)\}/g, (_, name) => values[name]);
  if (s < 60) return put(words.seconds, { n: s });
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return put(words.minutes, { m: minutes, s: String(s % 60).padStart(2, "0") });
  return put(words.hours, { h: Math.floor(minutes / 60), m: minutes % 60 });
}
