// Opens links with the attribute data-within within the same session, as the rows of a list do
// (navigate.js). Streamlit removes the attribute target from drawn HTML (no upstream issue found).
function startLinks() {
  const open = (event) => {
    // The browser handles these: a new tab or window, a download.
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("a[data-within]");
    if (!link || link.origin !== location.origin) return;
    event.preventDefault();
    navigate(link.href);
  };
  document.addEventListener("click", open);
  return () => document.removeEventListener("click", open);
}
