// Measures the notices at the top (top_notices.py). The notices get at most a quarter of the screen, or a single
// line on a low screen. page.css cuts off the last notices and shows a switch. If the first notice alone is too
// high, page.css cuts between two lines of text.

const SCREEN_SHARE = 0.25;
const LOW_SCREEN = 500;
const LINE = 40;
const SWITCH = 48;
const NOTICES_CHECK_MS = 200;
const NOTICES =
  '[class*="st-key-abort_notice_"], .alert-lines li, [class*="st-key-concern_entry_"],' +
  '[class*="st-key-bulk_line_"], [class*="st-key-checklist_head_"] > *, [class*="st-key-to_abort_"], [data-testid="stAlert"]';

function startNotices() {
  const measuring = setInterval(measureNotices, NOTICES_CHECK_MS);
  measureNotices();
  return () => clearInterval(measuring);
}

function measureNotices() {
  // While Streamlit replaces a page, the lines can exist without the box.
  const notices = document.querySelector(".st-key-notices");
  const lines = notices?.querySelector(".st-key-notice_lines");
  if (!lines || document.visibilityState === "hidden") return;
  const isLow = window.innerHeight <= LOW_SCREEN;
  const room = isLow ? LINE : window.innerHeight * SCREEN_SHARE;
  const isCut = lines.scrollHeight > room;
  notices.dataset.cut = isCut;
  if (!isCut) return;
  const most = isLow ? LINE : room - SWITCH;
  const end = endOfLast(NOTICES, lines, most) || endOfLast("", lines, most) || most;
  notices.style.setProperty("--shown", `${end}px`);
}

// Returns the largest height up to `most` at which a cut divides no element, or 0. Without a selector, the elements
// are the lines of text and the buttons.
function endOfLast(selector, lines, most) {
  const top = lines.getBoundingClientRect().top - lines.scrollTop;
  const boxes = [...lines.querySelectorAll(selector || "button")].map((e) => e.getBoundingClientRect());
  if (!selector) boxes.push(...textBoxes(lines));
  const parts = boxes.filter((box) => box.height).map((box) => [box.top - top, box.bottom - top]);
  const isWhole = (at) => at <= most && !parts.some(([begin, end]) => begin < at - 1 && end > at + 1);
  return Math.max(0, ...parts.map(([, end]) => Math.ceil(end)).filter(isWhole));
}

function textBoxes(within) {
  const texts = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const boxes = [];
  while (texts.nextNode()) {
    range.selectNode(texts.currentNode);
    boxes.push(...range.getClientRects());
  }
  return boxes;
}
