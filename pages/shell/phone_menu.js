// Closes the menu of a small screen. Streamlit leaves the menu open after a choice. In Streamlit, a tap beside the
// menu also clicks the element under the finger (no upstream issue found). page.css therefore draws a dark layer over
// the page. The layer gets the tap, and this script closes the menu.

function startPhoneMenu() {
  document.addEventListener("click", closePhoneMenu);
  return () => document.removeEventListener("click", closePhoneMenu);
}

function closePhoneMenu({ target }) {
  const menu = target.closest?.('[data-testid="stSidebar"][data-collapsed="false"]');
  const isShade = target === menu;
  if (!menu || !(isShade || target.closest('[data-testid="stSidebarNavLink"]'))) return;
  // Wait for Streamlit's click handler: the handler opens the page.
  setTimeout(() => menu.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click());
}
