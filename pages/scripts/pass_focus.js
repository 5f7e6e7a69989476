// Moves the focus to an element. If a person moves the focus into a list, the list stops changing
// its order (row_order.js). This function does not stop the list.
function passFocus(element, options = { preventScroll: true }) {
  shared.isFocusPassed = true;
  element.focus(options);
  shared.isFocusPassed = false;
}
