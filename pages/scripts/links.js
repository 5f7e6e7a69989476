// Opens links with the attribute `data-within` in the same session (navigate.js). The attribute
// `target` cannot mark these links: Streamlit removes it (no upstream issue found).
function startLinks() {
  const open = (event) => {
    if (!isPlainClick(event)) return;
    const link = event.target.closest?.("a[data-within]");
    if (!link || link.origin !== location.origin) return;
    event.preventDefault();
    navigate(link.href);
  };
  document.addEventListener("click", open);
  return () => document.removeEventListener("click", open);
}
