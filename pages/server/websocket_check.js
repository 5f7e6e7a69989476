// Without this line, Streamlit first sends two requests to addresses below the address of the page,
// and both requests fail (no upstream issue found). The line must run before Streamlit's own
// scripts.
window.__streamlit = { BACKEND_BASE_URL: window.location.origin };

// Streamlit shows an empty page if its WebSocket cannot be opened (no upstream issue found that
// asks for a message). If the server knows the reason, this script opens a page that gives the
// reason.

const CHECKS_MS = [3000, 8000, 20000];

function isConnected() {
  const app = document.querySelector('[data-testid="stApp"]');
  return app?.dataset.testConnectionState === "CONNECTED";
}

async function check() {
  if (isConnected()) return;
  const page = `connection?origin=${encodeURIComponent(window.location.origin)}`;
  const answer = await fetch(page);
  if (answer.status === 200 && !isConnected()) window.location.assign(page);
}

// The checks start late, because Streamlit's scripts need seconds to load on a slow network.
window.addEventListener("load", () => {
  for (const wait of CHECKS_MS) setTimeout(check, wait);
});
