// Moves the focus to an element. If a person moves the focus into a list, the list stops changing
// its order (row_order.js). After this function, the list continues to change its order.
function passFocus(element, options = { preventScroll: true }) {
  shared.isFocusPassed = true;
  element.focus(options);
  shared.isFocusPassed = false;
}
