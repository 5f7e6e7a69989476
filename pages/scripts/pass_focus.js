// Moves the focus to an element. The order of the list does not freeze (row_order.js).
function passFocus(element, options = { preventScroll: true }) {
  shared.isFocusPassed = true;
  element.focus(options);
  shared.isFocusPassed = false;
}
