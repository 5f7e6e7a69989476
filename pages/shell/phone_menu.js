// The menu of a small screen. Streamlit leaves it open after a choice. A tap beside it closes it
// but also presses what is under the finger (no upstream issue found). So page.css draws a dark layer
// over the page, as a part of the menu. It receives the tap, and this script closes the menu.

function startPhoneMenu() {
  document.addEventListener("click", closePhoneMenu);
  return () => document.removeEventListener("click", closePhoneMenu);
}

function closePhoneMenu({ target }) {
  const menu = target.closest?.('[data-testid="stSidebar"][data-collapsed="false"]');
  const isShade = target === menu;
  if (!menu || !(isShade || target.closest('[data-testid="stSidebarNavLink"]'))) return;
  // Runs after Streamlit's own click handler, which opens the page.
  setTimeout(() => menu.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click());
}
