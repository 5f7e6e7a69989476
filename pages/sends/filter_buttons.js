// Draws the buttons and the menu of filter_buttons.py. Each button keeps its element, so the focus
// stays.

function drawComponent({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".states");
  const [toggle, menu] = root.querySelectorAll(".menu, [popover]");
  root.setAttribute("aria-label", data.label);
  root.choose = (chosen) => {
    if (menu.matches(":popover-open")) menu.hidePopover();
    shared.noteClick?.();
    setTriggerValue("chosen", chosen);
  };
  write(toggle, data.menu.label);
  toggle.classList.toggle("is-chosen", data.menu.is_chosen);
  menu.setAttribute("aria-label", data.menu.label);
  menu.ontoggle = () => place(menu, toggle);
  if (menu.matches(":popover-open")) place(menu, toggle);
  drawButtons(root, root, data.buttons, toggle);
  drawButtons(root, menu, data.menu.buttons, null);
}

function drawButtons(root, within, wanted, end) {
  const existing = [...within.querySelectorAll(":scope > button[data-value]")];
  wanted.forEach((each, n) => {
    const button = existing[n] ?? makeButton(within, end);
    button.dataset.name = each.name;
    button.dataset.value = each.value;
    write(button.firstChild, each.label);
    write(button.lastChild, each.count);
    button.classList.toggle("is-chosen", each.is_chosen);
    button.setAttribute("aria-pressed", each.is_chosen);
    button.onclick = () => root.choose([each.name, each.value]);
  });
  existing.slice(wanted.length).forEach((button) => button.remove());
}

function makeButton(within, end) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(document.createElement("span"), " ", document.createElement("b"));
  within.insertBefore(button, end);
  return button;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Places the menu below its button, within the width of the screen.
function place(menu, toggle) {
  const { left, bottom } = toggle.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${bottom + 4}px`;
  menu.style.maxHeight = `${innerHeight - bottom - 12}px`;
}
