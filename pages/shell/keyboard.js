// Shortcuts for the list of sends, and the focus in the menu of a small screen. Streamlit loses this focus when
// the menu opens or closes (no upstream issue found).

// A person can switch off shortcuts of a single character (WCAG 2.1.4). The browser storage has
// this choice under the name KEYS_OFF.
const KEYS_OFF = "freio-keys-off";
const SEARCH = ".st-key-filter_q input";
const SEARCH_CHECK_MS = 100;
const MAX_SEARCH_CHECKS = 100;

function startKeyboard(within, words) {
  const panel = drawKeysPanel(within, words);
  const press = (event) => pressKey(event, panel);
  document.addEventListener("keydown", press);
  document.addEventListener("click", keepMenuFocus);
  return () => {
    document.removeEventListener("keydown", press);
    document.removeEventListener("click", keepMenuFocus);
  };
}

function pressKey(event, panel) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (panel.open || document.querySelector('[role="dialog"]')) return;
  const at = event.composedPath()[0];
  if (at instanceof Element && at.matches(SEARCH)) {
    if (event.key === "Enter") finishSearch(at);
    if (event.key === "Escape") listRows().root?.focus();
  }
  const act = {
    "/": focusSearch,
    j: () => moveRow(1),
    k: () => moveRow(-1),
    a: () => currentRow()?.querySelector("button:not([hidden])")?.click(),
    "?": () => panel.showModal(),
  }[event.key];
  if (!act || areKeysOff() || takesText(at)) return;
  event.preventDefault();
  act();
}

function takesText(element) {
  const takes = 'input:not([type="checkbox"]), textarea, select, [contenteditable], [role="listbox"] *, [role="menu"] *';
  return element instanceof Element && element.matches(takes);
}

// Moves the focus to the search. On a page without a search, opens the list first.
function focusSearch() {
  if (!document.querySelector(SEARCH)) navigate("configurations");
  let checks = 0;
  const waiting = setInterval(look, SEARCH_CHECK_MS);
  look();

  function look() {
    const search = document.querySelector(SEARCH);
    checks += 1;
    if (!search && checks < MAX_SEARCH_CHECKS) return;
    clearInterval(waiting);
    search?.focus();
    search?.select();
  }
}

function listRows() {
  const hosts = document.querySelectorAll('[class*="_rows"] *');
  const shadow = [...hosts].find((each) => each.shadowRoot?.querySelector(".rows"))?.shadowRoot;
  const root = shadow?.querySelector(".rows");
  return { shadow, root, rows: [...(shadow?.querySelectorAll("tbody tr") ?? [])] };
}

function currentRow() {
  return listRows().shadow?.activeElement?.closest("tr");
}

function moveRow(step) {
  const { rows } = listRows();
  const at = rows.indexOf(currentRow());
  const next = at < 0 ? 0 : Math.max(0, Math.min(at + step, rows.length - 1));
  rows[next]?.querySelector("a").focus();
}

// Handles Enter in the search. Waits until the list shows the hits. Opens a single hit. If there
// are several hits, moves the focus to the list. On a touch screen, the focus then stays in the
// search, so the screen keyboard stays open.
function finishSearch(field) {
  const text = field.value;
  let checks = 0;
  const waiting = setInterval(look, SEARCH_CHECK_MS);
  look();

  function look() {
    const { root, rows } = listRows();
    checks += 1;
    const isLeft = document.activeElement !== field || field.value !== text;
    const isThere = root?.view && (JSON.parse(root.view).q ?? "") === text;
    if (!isLeft && !isThere && checks < MAX_SEARCH_CHECKS) return;
    clearInterval(waiting);
    if (isLeft || !isThere || !text) return;
    const isFirstPage = !new URL(location.href).searchParams.has("page");
    if (rows.length === 1 && isFirstPage) rows[0].querySelector("a").click();
    else if (rows.length && !matchMedia("(pointer: coarse)").matches) root.focus();
  }
}

// Draws the panel with the shortcuts, and the button for the panel. Later calls only change the texts.
function drawKeysPanel(within, { title, keys, use, close }) {
  const nav = within.querySelector("nav");
  let button = within.querySelector("button.keys");
  if (!button) {
    button = document.createElement("button");
    button.className = "keys";
    button.textContent = "?";
    nav.before(button);
    const made = document.createElement("dialog");
    made.innerHTML =
      '<h2 id="keys-title"></h2><dl></dl><label><input type="checkbox"> <span></span></label>' +
      '<form method="dialog"><button></button></form>';
    made.setAttribute("aria-labelledby", "keys-title");
    nav.after(made);
    button.onclick = () => made.showModal();
    made.querySelector("input").onchange = ({ target }) => switchKeys(target.checked);
  }
  const panel = within.querySelector("dialog");
  button.title = title;
  button.setAttribute("aria-label", title);
  panel.querySelector("h2").textContent = title;
  panel.querySelector("label span").textContent = use;
  panel.querySelector("input").checked = !areKeysOff();
  panel.querySelector("form button").textContent = close;
  panel.querySelector("dl").replaceChildren(
    ...keys.flatMap(([key, what]) => [textElement("dt", key), textElement("dd", what)]),
  );
  return panel;
}

function textElement(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

// If the browser forbids the storage, the choice ends at the next load of the page.
function areKeysOff() {
  try {
    return localStorage.getItem(KEYS_OFF) === "1";
  } catch {
    return shared.keysOff === true;
  }
}

function switchKeys(isOn) {
  shared.keysOff = !isOn;
  try {
    if (isOn) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  } catch {
    // `shared.keysOff` keeps the choice.
  }
}

const MENU_BUTTONS = [
  '[data-testid="stExpandSidebarButton"]',
  '[data-testid="stSidebarCollapseButton"] button',
];

function keepMenuFocus(event) {
  const used = MENU_BUTTONS.findIndex((button) => event.target.closest?.(button));
  if (used >= 0) setTimeout(() => document.querySelector(MENU_BUTTONS[1 - used])?.focus(), 300);
}
