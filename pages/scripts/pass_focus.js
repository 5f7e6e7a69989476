// Moves the focus to an element. A list keeps changing its order after this, unlike after a focus by a
// person (row_order.js).
function passFocus(element, options = { preventScroll: true }) {
  shared.isFocusPassed = true;
  element.focus(options);
  shared.isFocusPassed = false;
}
