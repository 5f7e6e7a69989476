// Returns whether the script of the page runs on the server.
function isRunning() {
  const state = document.querySelector("[data-testid='stApp']")?.dataset.testScriptState;
  return state !== undefined && state !== "notRunning";
}
