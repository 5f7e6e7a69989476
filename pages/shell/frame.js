// What no widget of Streamlit's can do: the page's language, a key for the search, and Streamlit's
// own English texts in the reader's language. Data is only ever written as text.

// Where Streamlit's own texts stand. Nowhere else is a text replaced: it could be a send's name.
const OWN =
  '[data-testid="stFileUploader"] section, [data-testid="stFileChip"] [role="alert"], ' +
  '[data-testid="InputInstructions"], ' +
  '[data-testid="stSkipToContent"], [data-testid="stStatusWidget"], ' +
  '[data-testid="stDateTimeInput"] [role="spinbutton"], ' +
  '[data-testid="stTooltipContent"], [data-testid="stSelectboxVirtualDropdown"] [role="option"]';
// A dialog of Streamlit's own, known by its title.
const MISSING = "Page not found";
// Where they stand in one piece with other words.
const PARTLY = '[data-testid="stFileUploader"], [data-testid="InputInstructions"]';
const LABELLED =
  '[data-testid="stTooltipHoverTarget"] [aria-label], [data-testid="stFileUploader"] [aria-label]';

export default function ({ data, parentElement, setTriggerValue }) {
  // It runs again with each answer, and is told of its end only once.
  parentElement.stopTexts?.();
  document.documentElement.lang = data.locale;
  startAges(data.ages);
  startAnswers(data, (open) => setTriggerValue("again", open));
  drawLanguages(parentElement.querySelector("nav"), data);
  const stopEntry = startEntry(data.is_over);

  const texts = Object.entries(data.builtin).filter(([from, to]) => from !== to);
  const say = () => sayOwn(texts);
  let asked = 0;
  const watcher = new MutationObserver(() => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(say);
  });
  if (texts.length) {
    say();
    watcher.observe(document.body, {
      childList: true,
      subtree: true,
      characterData: true,
      attributeFilter: ["aria-label"],
    });
  }
  document.addEventListener("keydown", slash);
  document.addEventListener("click", menu);
  parentElement.stopTexts = () => {
    stopEntry();
    watcher.disconnect();
    cancelAnimationFrame(asked);
  };
  return () => {
    parentElement.stopTexts();
    stopAges();
    stopAnswers();
    document.removeEventListener("keydown", slash);
    document.removeEventListener("click", menu);
  };
}

function drawLanguages(nav, { parameter, label, languages }) {
  nav.setAttribute("aria-label", label);
  nav.replaceChildren(
    ...languages.map(({ code, name, chosen }) => {
      const link = document.createElement("a");
      link.textContent = code.toUpperCase();
      link.title = name;
      link.lang = code;
      link.hreflang = code;
      link.setAttribute("aria-label", `${code.toUpperCase()}: ${name}`);
      if (chosen) link.setAttribute("aria-current", "true");
      link.href = address(parameter, code);
      // Filters may have come into the address since: it is read when the link is used.
      link.onclick = () => {
        link.href = address(parameter, code);
      };
      return link;
    }),
  );
}

function address(parameter, code) {
  const url = new URL(window.location.href);
  url.searchParams.set(parameter, code);
  return url.href;
}

function slash(event) {
  const at = event.composedPath()[0];
  const typing = at instanceof Element && at.matches("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector(".st-key-filter_q input");
  if (!search || document.querySelector('[role="dialog"]')) return;
  event.preventDefault();
  search.focus();
  search.select();
}

// The menu of a small screen takes the focus with it: Streamlit drops it on the way in and out.
const WAYS = [
  '[data-testid="stExpandSidebarButton"]',
  '[data-testid="stSidebarCollapseButton"] button',
];

function menu(event) {
  const used = WAYS.findIndex((way) => event.target.closest?.(way));
  if (used >= 0) setTimeout(() => document.querySelector(WAYS[1 - used])?.focus(), 300);
}

function missing() {
  const titles = [...document.querySelectorAll('[role="dialog"] > h2')];
  return titles.filter((e) => e.textContent === MISSING).map((e) => e.parentElement);
}

function sayOwn(texts) {
  const exact = new Map(texts);
  for (const element of document.querySelectorAll("[aria-label]")) {
    const said = exact.get(element.getAttribute("aria-label"));
    if (said) element.setAttribute("aria-label", said);
  }
  // Some of its labels go on with a label of ours: "Help for …".
  const begins = texts.filter(([from]) => from.endsWith(" "));
  for (const element of document.querySelectorAll(LABELLED)) {
    const label = element.getAttribute("aria-label");
    const found = begins.find(([from]) => label.startsWith(from));
    if (found) element.setAttribute("aria-label", found[1] + label.slice(found[0].length));
  }
  for (const place of [...document.querySelectorAll(OWN), ...missing()]) {
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.nodeValue;
      const part = place.closest(PARTLY) && texts.find(([from]) => text.includes(from));
      const said = exact.get(text) ?? (part ? text.replace(...part) : text);
      // Never twice: a translation may contain what it translates.
      if (said !== text && !(part && text.includes(part[1]))) walker.currentNode.nodeValue = said;
    }
  }
}
