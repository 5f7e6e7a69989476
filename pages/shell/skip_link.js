// Translates the skip link. On a page with a list, the skip link leads to the first entry of the list.

function startSkipLink(label) {
  const link = document.querySelector('[data-testid="stSkipToContent"]');
  if (link?.firstChild) link.firstChild.nodeValue = label;
  document.addEventListener("click", skipToList, true);
  return () => document.removeEventListener("click", skipToList, true);
}

function skipToList(event) {
  if (!event.target.closest?.('[data-testid="stSkipToContent"]')) return;
  const entry = firstEntry();
  if (!entry) return; // Streamlit focuses the main part of the page
  event.preventDefault();
  event.stopImmediatePropagation();
  entry.focus();
  entry.scrollIntoView({ block: "nearest" });
}

function firstEntry() {
  // The list of sends may be in a shadow root.
  for (const element of document.querySelectorAll('[data-testid="stMain"] *')) {
    const entry = (element.shadowRoot ?? element).querySelector(".rows tbody a, .receipts a");
    if (entry) return entry;
  }
  return undefined;
}
