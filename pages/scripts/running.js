// Returns whether the script of the page runs on the server, according to Streamlit's front end.
function isRunning() {
  const state = document.querySelector("[data-testid='stApp']")?.dataset.testScriptState;
  return state !== undefined && state !== "notRunning";
}
