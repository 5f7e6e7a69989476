// Moves the focus to an element. This focus does not freeze the order of the list (row_order.js).
function passFocus(element, options = { preventScroll: true }) {
  shared.isFocusPassed = true;
  element.focus(options);
  shared.isFocusPassed = false;
}
