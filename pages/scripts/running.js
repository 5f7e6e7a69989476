// Returns whether the page's script is running on the server, as far as Streamlit knows.
function isRunning() {
  const state = document.querySelector("[data-testid='stApp']")?.dataset.testScriptState;
  return state !== undefined && state !== "notRunning";
}
