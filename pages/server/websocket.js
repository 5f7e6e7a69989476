// Streamlit shows an empty page where its WebSocket does not come about. This leads to a page that
// says why, where the server knows it.

const WAITS_MS = [3000, 8000, 20000];

function isConnected() {
  const app = document.querySelector('[data-testid="stApp"]');
  return app?.dataset.testConnectionState === "CONNECTED";
}

async function look() {
  if (isConnected()) return;
  const page = `connection?origin=${encodeURIComponent(window.location.origin)}`;
  const answer = await fetch(page);
  if (answer.status === 200 && !isConnected()) window.location.assign(page);
}

for (const wait of WAITS_MS) setTimeout(look, wait);
