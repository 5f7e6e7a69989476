// Lets every age, and every time that is left, go on in the browser: also when no answer comes.
// The server writes the text as of its answer, with the seconds it stands for (ages.py); from then
// on this script writes it. Data that gets old turns every green light uncertain.

const AGES_MS = 1_000;

function startAges(words) {
  live.words = words;
  live.ages ??= setInterval(tellAges, AGES_MS);
  document.removeEventListener("visibilitychange", tellAges);
  document.addEventListener("visibilitychange", tellAges);
  tellAges();
}

function stopAges() {
  clearInterval(live.ages);
  live.ages = undefined;
  document.removeEventListener("visibilitychange", tellAges);
}

function tellAges() {
  if (document.visibilityState === "hidden") return;
  const shown = new Set();
  for (const element of document.querySelectorAll("[data-age]")) {
    shown.add(element.dataset.at);
    put(element, ageText(element.dataset));
  }
  forgetArrivals(shown);
  const age = factsAge();
  const isOld = age !== undefined && age.seconds > age.limit;
  for (const warning of document.querySelectorAll(".when-old")) {
    warning.hidden = !isOld;
    warning.style.colorScheme = scheme();
  }
  const overs = new Set();
  for (const element of document.querySelectorAll("[data-left]")) {
    // On the page of one send, the verdict stands apart from the time.
    const light = element.closest("[data-light]") ?? document.querySelector("p[data-light]");
    if (leftOver(element)) overs.add(light);
  }
  for (const light of document.querySelectorAll("[data-light=green]")) {
    turn(light, isOld, overs.has(light), age);
  }
}

// The age of the facts on the page, by the newest answer that told it.
function factsAge() {
  const told = [...document.querySelectorAll("[data-facts]")].map((each) => each.dataset);
  const newest = told.sort((a, b) => Number(b.at) - Number(a.at))[0];
  if (!newest) return undefined;
  const seconds = Number(newest.age) + passed(arrival(newest.at));
  return { seconds, limit: Number(newest.limit) };
}

function ageText({ at, age, as }) {
  const gone = passed(arrival(at));
  const words = live.words;
  if (as === "until") return lengthText(Number(age) - gone, words);
  const seconds = Number(age) + gone;
  if (as === "span") return lengthText(seconds, words);
  // What is ahead of the server's clock has no age that could be counted.
  if (Number(age) <= -10) return undefined;
  return seconds < 10 ? words.now : filled(words.ago, { span: lengthText(seconds, words) });
}

// Writes on what is left of the time to stop a send; tells whether nothing is left.
function leftOver(element) {
  const { at, left, currentFor } = element.dataset;
  const gone = passed(arrival(at));
  const now = Number(left) - gone;
  const isDue = now < 1;
  const isOver = isDue && gone > Number(currentFor);
  if (now < 86_400) put(element, due(now, isDue, isOver, live.words.count));
  return isOver;
}

// A light that is green is not green any more when the data is old or the time is over.
function turn(light, isOld, isOver, age) {
  const isDoubtful = isOld || isOver;
  light.classList.toggle("is-doubtful", isDoubtful);
  for (const element of light.querySelectorAll("[data-doubtful]")) {
    const { doubtful, old } = element.dataset;
    element.dataset.green ??= element.textContent;
    const text = isOld && old ? filled(old, { age: lengthText(age.seconds, live.words) }) : doubtful;
    put(element, isDoubtful ? text : element.dataset.green);
  }
}

// The theme of the page, which Streamlit does not tell to what stands outside of it, as dialogs do.
function scheme() {
  return getComputedStyle(document.querySelector('[data-testid="stApp"]')).colorScheme;
}

// Changes the text in place: React holds on to the text that it wrote itself.
function put(element, text) {
  if (text === undefined || element.textContent === text) return;
  if (element.firstChild?.nodeType === Node.TEXT_NODE && element.childNodes.length === 1) {
    element.firstChild.nodeValue = text;
  } else {
    element.textContent = text;
  }
}
