// Updates all ages and times left on the page each second, even without an answer of the server. The
// server sends each length of time in seconds (live_text.py). If the data is old, each green verdict
// becomes uncertain.

const LIVE_TEXT_MS = 1_000;

function startLiveTexts(words) {
  shared.words = words;
  shared.liveTexts ??= setInterval(updateLiveTexts, LIVE_TEXT_MS);
  document.removeEventListener("visibilitychange", updateLiveTexts);
  document.addEventListener("visibilitychange", updateLiveTexts);
  updateLiveTexts();
}

function stopLiveTexts() {
  clearInterval(shared.liveTexts);
  shared.liveTexts = undefined;
  document.removeEventListener("visibilitychange", updateLiveTexts);
}

function updateLiveTexts() {
  if (document.visibilityState === "hidden") return;
  const shown = new Set();
  for (const element of document.querySelectorAll("[data-age]")) {
    shown.add(element.dataset.at);
    writeInPlace(element, ageText(element.dataset));
  }
  for (const element of document.querySelectorAll("[data-clock]")) {
    shown.add(element.dataset.at);
    writeInPlace(element, clockText(element.dataset));
  }
  forgetArrivals(shown);
  const age = factsAge();
  const isOld = age !== undefined && age.seconds > age.limit;
  for (const warning of document.querySelectorAll(".when-old")) {
    warning.hidden = !isOld;
    warning.style.colorScheme = colorScheme();
  }
  const overs = new Set();
  for (const element of document.querySelectorAll("[data-left]")) {
    // On the page of a send, the time left is outside of the element with the verdict.
    const light = element.closest("[data-light]") ?? document.querySelector("p[data-light]");
    if (updateTimeLeft(element)) overs.add(light);
  }
  for (const light of document.querySelectorAll("[data-light=green]")) {
    updateLight(light, isOld, overs.has(light), age);
  }
}

// Returns the age of the facts and the limit of the age, from the newest answer with an age.
function factsAge() {
  const stated = [...document.querySelectorAll("[data-facts]")].map((each) => each.dataset);
  const newest = stated.sort((a, b) => Number(b.at) - Number(a.at))[0];
  if (!newest) return undefined;
  const seconds = Number(newest.age) + passed(arrival(newest.at));
  return { seconds, limit: Number(newest.limit) };
}

// Returns the time of day in the format of the server (i18n.hour).
function clockText({ at, clock }) {
  const minutes = Math.floor((Number(clock) + passed(arrival(at))) / 60);
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

function ageText({ at, age, as }) {
  const since = passed(arrival(at));
  const words = shared.words;
  if (as === "until") return durationText(Number(age) - since, words);
  const seconds = Number(age) + since;
  if (as === "span") return durationText(seconds, words);
  // Facts from the future have no age, so keep the text of the server.
  if (Number(age) <= -10) return undefined;
  return seconds < 10 ? words.now : filled(words.ago, { span: durationText(seconds, words) });
}

// Updates the time left to stop a send. Returns whether the time is over.
function updateTimeLeft(element) {
  const { at, left, currentFor } = element.dataset;
  const since = passed(arrival(at));
  const seconds = Number(left) - since;
  const isDue = seconds < 1;
  const isOver = isDue && since > Number(currentFor);
  // Mark a send in its last minute, as in the list (countdown.js).
  element.classList.toggle("is-last", seconds < 60 && !isOver);
  if (seconds < 86_400) {
    writeInPlace(element, timeLeftText(seconds, isDue, isOver, shared.words.count));
  }
  return isOver;
}

// Makes a green verdict uncertain if the data is old or no time is left.
function updateLight(light, isOld, isOver, age) {
  const isDoubtful = isOld || isOver;
  light.classList.toggle("is-doubtful", isDoubtful);
  for (const element of light.querySelectorAll("[data-doubtful]")) {
    const { doubtful, old } = element.dataset;
    element.dataset.green ??= element.textContent;
    const text =
      isOld && old ? filled(old, { age: durationText(age.seconds, shared.words) }) : doubtful;
    writeInPlace(element, isDoubtful ? text : element.dataset.green);
  }
}

// Changes the text node, because React keeps references to its text nodes.
function writeInPlace(element, text) {
  if (text === undefined || element.textContent === text) return;
  if (element.firstChild?.nodeType === Node.TEXT_NODE && element.childNodes.length === 1) {
    element.firstChild.nodeValue = text;
  } else {
    element.textContent = text;
  }
}
