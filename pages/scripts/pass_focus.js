// Moves the focus to an element. If a person moves the focus into a list, the order of the list
// freezes (row_order.js). If this function moves the focus, the order does not freeze.
function passFocus(element, options = { preventScroll: true }) {
  shared.isFocusPassed = true;
  element.focus(options);
  shared.isFocusPassed = false;
}
