// Moves the focus to an element. If a person moves the focus into a list, the list stops changing
// its order (row_order.js). If this function moves the focus, the order can still change.
function passFocus(element, options = { preventScroll: true }) {
  shared.isFocusPassed = true;
  element.focus(options);
  shared.isFocusPassed = false;
}
