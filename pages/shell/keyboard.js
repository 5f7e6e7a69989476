// Keyboard use of the whole page: `/` focuses the search, and the menu of a small screen keeps the
// focus. Streamlit drops the focus when that menu opens and closes (no upstream issue found).

function startKeyboard() {
  document.addEventListener("keydown", focusSearch);
  document.addEventListener("click", keepMenuFocus);
  return () => {
    document.removeEventListener("keydown", focusSearch);
    document.removeEventListener("click", keepMenuFocus);
  };
}

function focusSearch(event) {
  const at = event.composedPath()[0];
  const isTyping = at instanceof Element && at.matches("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector(".st-key-filter_q input");
  if (!search || document.querySelector('[role="dialog"]')) return;
  event.preventDefault();
  search.focus();
  search.select();
}

const MENU_BUTTONS = [
  '[data-testid="stExpandSidebarButton"]',
  '[data-testid="stSidebarCollapseButton"] button',
];

function keepMenuFocus(event) {
  const used = MENU_BUTTONS.findIndex((button) => event.target.closest?.(button));
  if (used >= 0) setTimeout(() => document.querySelector(MENU_BUTTONS[1 - used])?.focus(), 300);
}
