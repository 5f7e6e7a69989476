// Notes whether the notices at the top (top_notices.py) need more than a quarter of the screen: only
// then page.css cuts them off and shows the switch to all of them.

const SCREEN_SHARE = 0.25;
const NOTICES_CHECK_MS = 200;

function startNotices() {
  const measuring = setInterval(measureNotices, NOTICES_CHECK_MS);
  measureNotices();
  return () => clearInterval(measuring);
}

function measureNotices() {
  const lines = document.querySelector(".st-key-notice_lines");
  if (!lines || document.visibilityState === "hidden") return;
  const isCut = lines.scrollHeight > window.innerHeight * SCREEN_SHARE;
  lines.closest(".st-key-notices").dataset.cut = isCut;
}
