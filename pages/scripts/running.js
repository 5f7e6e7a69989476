// Returns whether Streamlit's front end shows that the script of the page is running on the server.
function isRunning() {
  const state = document.querySelector("[data-testid='stApp']")?.dataset.testScriptState;
  return state !== undefined && state !== "notRunning";
}
