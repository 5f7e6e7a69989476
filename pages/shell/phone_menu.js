// The menu of a small screen. Streamlit leaves it open after a choice. A tap beside it closes it
// but also presses what is under the finger (no upstream issue found). The shade that page.css
// draws over the page belongs to the menu: it takes the tap, and this script closes the menu.

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
