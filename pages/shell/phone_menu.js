// Closes the menu of a small screen. Streamlit leaves the menu open after a choice. In Streamlit, a tap beside the
// menu also clicks the element under the finger (no upstream issue found). Therefore page.css draws a dark layer over
// the page, as a part of the menu. The layer gets the tap, and this script closes the menu.

function startPhoneMenu() {
  document.addEventListener("click", closePhoneMenu);
  return () => document.removeEventListener("click", closePhoneMenu);
}

function closePhoneMenu({ target }) {
  const menu = target.closest?.('[data-testid="stSidebar"][data-collapsed="false"]');
  const isShade = target === menu;
  if (!menu || !(isShade || target.closest('[data-testid="stSidebarNavLink"]'))) return;
  // Wait until Streamlit's own click handler has opened the page.
  setTimeout(() => menu.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click());
}
