// Replaces Streamlit's English texts with the texts of streamlit_texts.py. Write a translation as text, never
// as HTML.

// The places of Streamlit's texts. A text in another place can be the name of a send.
const OWN_TEXTS =
  '[data-testid="stFileUploader"] section, [data-testid="stFileChip"] [role="alert"], ' +
  '[data-testid="InputInstructions"], ' +
  '[data-testid="stStatusWidget"], ' +
  '[data-testid="stDateTimeInput"] [role="spinbutton"], ' +
  '[data-testid="stTooltipContent"], [data-testid="stSelectboxVirtualDropdown"] [role="option"]';
// The title of a dialog of Streamlit.
const PAGE_NOT_FOUND = "Page not found";
// In these places, Streamlit's text may be a part of a text node.
const PARTLY = '[data-testid="stFileUploader"], [data-testid="InputInstructions"]';
const LABELLED =
  '[data-testid="stTooltipHoverTarget"] [aria-label], [data-testid="stFileUploader"] [aria-label]';

function startTranslation(builtin) {
  const texts = Object.entries(builtin).filter(([from, to]) => from !== to);
  let frame = 0;
  const watcher = new MutationObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => translate(texts));
  });
  if (texts.length) {
    translate(texts);
    watcher.observe(document.body, {
      childList: true,
      subtree: true,
      characterData: true,
      attributeFilter: ["aria-label"],
    });
  }
  return () => {
    watcher.disconnect();
    cancelAnimationFrame(frame);
  };
}

function pageNotFoundDialogs() {
  const titles = [...document.querySelectorAll('[role="dialog"] > h2')];
  return titles.filter((e) => e.textContent === PAGE_NOT_FOUND).map((e) => e.parentElement);
}

function translate(texts) {
  const exact = new Map(texts);
  for (const element of document.querySelectorAll("[aria-label]")) {
    const translated = exact.get(element.getAttribute("aria-label"));
    if (translated) element.setAttribute("aria-label", translated);
  }
  // Some labels of Streamlit end with a label of Freio. Example: Help for ….
  const beginnings = texts.filter(([from]) => from.endsWith(" "));
  for (const element of document.querySelectorAll(LABELLED)) {
    const label = element.getAttribute("aria-label");
    const found = beginnings.find(([from]) => label.startsWith(from));
    if (found) element.setAttribute("aria-label", found[1] + label.slice(found[0].length));
  }
  for (const place of [...document.querySelectorAll(OWN_TEXTS), ...pageNotFoundDialogs()]) {
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.nodeValue;
      const part = place.closest(PARTLY) && texts.find(([from]) => text.includes(from));
      const translated = exact.get(text) ?? (part ? text.replace(...part) : text);
      // A translation may contain the English text, so do not translate a text twice.
      if (translated !== text && !(part && text.includes(part[1]))) {
        walker.currentNode.nodeValue = translated;
      }
    }
  }
}
