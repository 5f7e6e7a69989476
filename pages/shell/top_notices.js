// Measures whether the notices at the top (top_notices.py) need more than a quarter of the screen, or
// more than one line on a low screen. If they do, page.css cuts them off and shows the switch.

const SCREEN_SHARE = 0.25;
const LOW_SCREEN = 500;
const LINE = 40;
const NOTICES_CHECK_MS = 200;

function startNotices() {
  const measuring = setInterval(measureNotices, NOTICES_CHECK_MS);
  measureNotices();
  return () => clearInterval(measuring);
}

function measureNotices() {
  // While a page is replaced, the lines can exist without the box around them.
  const notices = document.querySelector(".st-key-notices");
  const lines = notices?.querySelector(".st-key-notice_lines");
  if (!lines || document.visibilityState === "hidden") return;
  const room = window.innerHeight > LOW_SCREEN ? window.innerHeight * SCREEN_SHARE : LINE;
  notices.dataset.cut = lines.scrollHeight > room;
}
