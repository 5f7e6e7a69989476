// Opens another page of Freio in the same session, without loading the front end again.
function navigate(href) {
  const from = location.pathname;
  history.pushState({}, "", href);
  shared.followed = { href: location.href, from };
  dispatchEvent(new PopStateEvent("popstate"));
}

// Returns whether `navigate` handles a click on a link. Example: the browser itself handles
// Ctrl+click.
function isPlainClick(event) {
  return !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}
