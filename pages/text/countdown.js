// Counts down the time left in each row of the list. The server sends the time left in seconds. The
// browser subtracts the age of the answer (page_state.js).

const COUNT_MS = 250;

function countDown(root) {
  if (document.visibilityState === "hidden") return;
  for (const tr of root.querySelectorAll("tbody tr:not(.unknown)")) {
    const isOver = updateCount(tr.querySelector(".left"), tr.closes, root.count);
    updateVerdict(tr, isOver, passed(tr.closes.received) + root.facts.age, root);
  }
  // pending_clicks.js sets this class while the server does not answer.
  const isSilent = document.documentElement.classList.contains("freio-silent");
  root.classList.toggle("is-silent", isSilent);
}

function updateCount(cell, { text, why, isUnsure, left, received, currentFor }, words) {
  const seconds = left === null ? null : left - passed(received);
  const isDue = seconds !== null && seconds < 1;
  // While the facts are current, treat the send as not begun.
  const isOver = isDue && passed(received) > currentFor;
  const isLast = seconds !== null && seconds < 60 && !isOver;
  cell.classList.toggle("counts", seconds !== null);
  cell.classList.toggle("unsure", isUnsure && seconds !== null && !isDue);
  cell.classList.toggle("over", isOver);
  cell.classList.toggle("last", isLast);
  const shown = cell.querySelector(".count");
  // If a day or more is left, keep the text of the server.
  const isLong = seconds === null || seconds >= 86_400;
  write(shown, isLong ? text : timeLeftText(seconds, isDue, isOver, words));
  if (shown.title !== why) shown.title = why;
  return isOver;
}

const canBeStopped = (tr) => ["stoppable", "rest_stoppable"].includes(tr.dataset.outlook);

// Shows a stoppable send as uncertain if the send may have begun, or if the data is old.
function updateVerdict(tr, isOver, age, { count: words, facts }) {
  const isOld = age > facts.limit && (canBeStopped(tr) || tr.isOld);
  const isDoubtful = (isOver || isOld) && canBeStopped(tr);
  tr.classList.toggle("doubtful", isDoubtful);
  if (isOld) {
    const text = filled(words.old, { age: durationText(age, words.durations) });
    write(tr.querySelector("[data-field=verdict_word]"), text);
  } else if (isDoubtful) {
    write(tr.querySelector("[data-field=verdict_word]"), words.doubtful);
  }
  if (!isDoubtful) return;
  tr.querySelector(".word").dataset.short = words.doubtful;
  write(tr.querySelector("[data-field=sign]"), words.doubtful_sign);
}
