// Opens another page of Freio within the same session. The browser does not load the front end
// again. The browser's Back button returns to the previous page.
function navigate(href) {
  const from = location.pathname;
  history.pushState({}, "", href);
  shared.followed = { href: location.href, from };
  dispatchEvent(new PopStateEvent("popstate"));
}

// Returns whether `navigate` handles a click on a link. The browser itself handles other clicks,
// such as a click that opens a new tab.
function isPlainClick(event) {
  return !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}
