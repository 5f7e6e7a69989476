// Opens another page of Freio within the same session, as the browser's back button does: the front
// end is not loaded again, the server runs once, and Back returns to the page that was left.
function navigate(href) {
  history.pushState({}, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
}
