// Leads to the sign-in page whoever may not see this page any more. The server refuses their
// connection, and Streamlit would try for ever to get it back.

const ENTRY_LOOK_MS = 3_000;
// Not again and again, where the page that comes is the same.
const AGAIN_MS = 30_000;

function startEntry(isOver) {
  if (isOver) loadAnew();
  let wasAway = false;
  const timer = setInterval(async () => {
    const state = document.querySelector("[data-testid='stApp']")?.dataset.testConnectionState;
    const isAway = state !== undefined && state !== "CONNECTED";
    // Away for a moment only, it mostly comes back by itself.
    if (isAway && wasAway && (await isRefused())) loadAnew();
    wasAway = isAway;
  }, ENTRY_LOOK_MS);
  return () => clearInterval(timer);
}

async function isRefused() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    return answer.status === 403;
  } catch {
    return false; // the server is away, and says nothing
  }
}

function loadAnew() {
  const last = Number(sessionStorage.getItem("freio-loaded-anew"));
  if (Date.now() - last < AGAIN_MS) return;
  sessionStorage.setItem("freio-loaded-anew", Date.now());
  location.reload();
}
