// Returns the color scheme of the page. Elements outside of Streamlit's app, such as dialogs, do
// not inherit the scheme (no upstream issue found).
function colorScheme() {
  return getComputedStyle(document.querySelector('[data-testid="stApp"]')).colorScheme;
}
