// Returns the color scheme of the page. Dialogs do not inherit the scheme (no upstream issue
// found).
function colorScheme() {
  return getComputedStyle(document.querySelector('[data-testid="stApp"]')).colorScheme;
}
