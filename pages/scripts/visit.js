// Goes to another page of Freio within the same session, as the browser's back button does: no new
// load of the front end, one run on the server, and a history that leads back to where one was.
function visit(href) {
  history.pushState({}, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
}
