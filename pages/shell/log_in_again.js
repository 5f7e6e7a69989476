// Reloads the page after the user has lost the role. The server then answers with the login page. Streamlit
// would request the refused WebSocket again and again (no upstream issue found).

const ROLE_CHECK_MS = 3_000;
// If a reload does not help, the page waits this long before the next reload.
const RELOAD_AGAIN_MS = 30_000;

function startRoleCheck(isOver) {
  if (isOver) reload();
  let wasAway = false;
  const timer = setInterval(async () => {
    const state = document.querySelector("[data-testid='stApp']")?.dataset.testConnectionState;
    const isAway = state !== undefined && state !== "CONNECTED";
    // A short interruption usually ends by itself.
    if (isAway && wasAway && (await isRefused())) reload();
    wasAway = isAway;
  }, ROLE_CHECK_MS);
  return () => clearInterval(timer);
}

async function isRefused() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    return answer.status === 403;
  } catch {
    return false; // the server does not answer
  }
}

function reload() {
  const last = Number(sessionStorage.getItem("freio-reloaded"));
  if (Date.now() - last < RELOAD_AGAIN_MS) return;
  sessionStorage.setItem("freio-reloaded", Date.now());
  location.reload();
}
