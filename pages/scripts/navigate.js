// Opens another page of Freio within the same session. The front end is not loaded again, the server
// runs the page only once, and the browser's Back button returns to the page that was left.
function navigate(href) {
  const from = location.pathname;
  history.pushState({}, "", href);
  shared.followed = { href: location.href, from };
  dispatchEvent(new PopStateEvent("popstate"));
}

// Returns whether `navigate` handles a click on a link. The browser handles other clicks: a new tab or
// window, a download.
function isPlainClick(event) {
  return !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}
