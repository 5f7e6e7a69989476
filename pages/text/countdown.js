// Counts the time left in each row down, without the server. Part of the same script as rows.js.
// The server says how many seconds were left when it wrote; from then on only the time that passed
// in this browser counts (see live.js).

const LOOK_MS = 250;
function count(root) {
  if (document.visibilityState === "hidden") return;
  for (const tr of root.querySelectorAll("tbody tr")) {
    const isOver = tick(tr.querySelector(".left"), tr.closes, root.count);
    doubt(tr, isOver, passed(tr.closes.received) + root.facts.age, root);
  }
  // The page knows whether the server answers (answers.js).
  const isSilent = document.documentElement.classList.contains("freio-silent");
  root.classList.toggle("is-silent", isSilent);
}

function tick(cell, { text, why, isUnsure, left, received, currentFor }, words) {
  const now = left === null ? null : left - passed(received);
  const isDue = now !== null && now < 1;
  // What the source has said within the last minute is so: it has not begun.
  const isOver = isDue && passed(received) > currentFor;
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

// What may have begun is not called stoppable any more, until the data says otherwise; nor is
// anything where the data is old.
function doubt(tr, isOver, age, { count: words, facts }) {
  const isOld = age > facts.limit && (tr.dataset.outlook === "stoppable" || tr.isOld);
  const isDoubtful = (isOver || isOld) && tr.dataset.outlook === "stoppable";
  tr.classList.toggle("doubtful", isDoubtful);
  if (isOld) {
    const text = filled(words.old, { age: lengthText(age, words.lengths) });
    write(tr.querySelector("[data-field=verdict_word]"), text);
  } else if (isDoubtful) {
    write(tr.querySelector("[data-field=verdict_word]"), words.doubtful);
  }
  if (isDoubtful) write(tr.querySelector("[data-field=sign]"), words.doubtful_sign);
}
