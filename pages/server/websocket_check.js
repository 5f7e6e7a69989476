// Without this line, Streamlit first sends two requests to wrong addresses (no upstream issue found). The
// line must run before Streamlit's scripts.
window.__streamlit = { BACKEND_BASE_URL: window.location.origin };

// Without a WebSocket, Streamlit shows an empty page (no upstream issue found). If the server knows the
// reason, open a page with the reason.

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

// The checks start after Streamlit's scripts have loaded. On a slow network, this takes several
// seconds.
window.addEventListener("load", () => {
  for (const wait of CHECKS_MS) setTimeout(check, wait);
});
