// Opens links in drawn HTML within the same session, as the rows of a list do (navigate.js).
function startLinks() {
  const open = (event) => {
    // The browser handles these: a new tab or window, a download.
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.('.stHtml a[target="_self"]');
    if (!link || link.origin !== location.origin) return;
    event.preventDefault();
    navigate(link.href);
  };
  document.addEventListener("click", open);
  return () => document.removeEventListener("click", open);
}
