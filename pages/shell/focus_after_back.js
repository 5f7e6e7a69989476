// A person follows a link and then goes back. This script gives the link the focus again. Streamlit would lose
// the focus (no upstream issue found).

const LINK_CHECK_MS = 100;
// Streamlit may draw the link several times while the page fills. For this number of checks, each new link gets
// the focus.
const MAX_LINK_CHECKS = 30;

function startFocusAfterBack() {
  const { followed } = shared;
  if (!followed || followed.from !== location.pathname) return () => {};
  let checks = 0;
  const waiting = setInterval(() => {
    checks += 1;
    if (document.activeElement === document.body) {
      const link = findLink(followed.href);
      if (link) passFocus(link, {});
    }
    if (checks < MAX_LINK_CHECKS) return;
    clearInterval(waiting);
    if (shared.followed === followed) shared.followed = undefined;
  }, LINK_CHECK_MS);
  return () => clearInterval(waiting);
}

// Returns the last visible link to the address. A notice above the list of sends can have a link to
// the same send. The list is in a shadow root.
function findLink(href) {
  const main = document.querySelector('[data-testid="stMain"]');
  const shadows = [...main.querySelectorAll("*")].flatMap((each) => each.shadowRoot ?? []);
  const links = [main, ...shadows].flatMap((each) => [...each.querySelectorAll("a[href]")]);
  const leads = (link) => new URL(link.getAttribute("href"), document.baseURI).href === href;
  return links.findLast((link) => leads(link) && link.checkVisibility());
}
