// Moves the focus to an element. A person who moves the focus into a list freezes the order of the
// list (row_order.js). This function does not freeze the order.
function passFocus(element, options = { preventScroll: true }) {
  shared.isFocusPassed = true;
  element.focus(options);
  shared.isFocusPassed = false;
}
