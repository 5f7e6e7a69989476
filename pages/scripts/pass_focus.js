// Moves the focus to an element by script. This does not freeze the order of a list (row_order.js).
function passFocus(element, options = { preventScroll: true }) {
  shared.isFocusPassed = true;
  element.focus(options);
  shared.isFocusPassed = false;
}
