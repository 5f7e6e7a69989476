// Gives a file to its uploader again if Streamlit lost it. Before an upload, the browser requests an
// address from the server. If a run of the page begins at that moment, Streamlit discards the answer
// together with the messages of the previous run. The uploader then stays empty, and no message says
// so (no upstream issue found).

const FILE_CHECK_MS = 3000;
const MOST_REPEATS = 3;
// The uploaders' inputs whose files are being watched, so that each is watched once.
const watched = new WeakSet();

function startLostFiles() {
  const onFiles = (event) => {
    const place = event.target.closest?.('[data-testid="stFileUploader"]');
    const input = place?.querySelector('input[type="file"]');
    const files = event.type === "drop" ? event.dataTransfer?.files : input?.files;
    if (files?.length) watchFiles(input, [...files]);
  };
  // A person can choose a file before this script starts.
  for (const input of document.querySelectorAll('[data-testid="stFileUploader"] input')) {
    if (input.files?.length) watchFiles(input, [...input.files]);
  }
  document.addEventListener("change", onFiles, true);
  document.addEventListener("drop", onFiles, true);
  return () => {
    document.removeEventListener("change", onFiles, true);
    document.removeEventListener("drop", onFiles, true);
  };
}

function watchFiles(input, files) {
  if (watched.has(input)) return;
  watched.add(input);
  let repeats = 0;
  const timer = setInterval(() => {
    const place = input.isConnected && input.closest('[data-testid="stFileUploader"]');
    const has = place && place.querySelector('[data-testid="stFileChip"]');
    if (!place || has || repeats === MOST_REPEATS) {
      clearInterval(timer);
      watched.delete(input);
      return;
    }
    repeats += 1;
    const again = new DataTransfer();
    for (const file of files) again.items.add(file);
    input.files = again.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }, FILE_CHECK_MS);
}
