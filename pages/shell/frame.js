// Runs on every page: sets the page's language, draws the language links, and starts the scripts
// that work on the whole page. Streamlit always sets the language to English (streamlit #15726,
// "`<html lang="en">` is hardcoded in index.html, causing unwanted browser translation prompts for
// non-English apps").

export default function ({ data, parentElement, setTriggerValue }) {
  // Streamlit calls this with each answer, and the function that is returned only at the end.
  parentElement.stopScripts?.();
  document.documentElement.lang = data.locale;
  startLiveTexts(data.ages);
  startClickWatch(data, (open) => setTriggerValue("again", open));
  drawLanguages(parentElement.querySelector("nav"), data);
  const stops = [
    startSignInCheck(data.is_over),
    startTranslation(data.builtin),
    startKeyboard(),
    startPhoneMenu(),
    startLinks(),
  ];
  parentElement.stopScripts = () => stops.forEach((stop) => stop());
  return () => {
    parentElement.stopScripts();
    stopLiveTexts();
    stopClickWatch();
  };
}

function drawLanguages(nav, { parameter, label, languages }) {
  nav.setAttribute("aria-label", label);
  nav.replaceChildren(
    ...languages.map(({ code, name, chosen }) => {
      const link = document.createElement("a");
      link.textContent = code.toUpperCase();
      link.title = name;
      link.lang = code;
      link.hreflang = code;
      link.setAttribute("aria-label", `${code.toUpperCase()}: ${name}`);
      if (chosen) link.setAttribute("aria-current", "true");
      link.href = address(parameter, code);
      // Filters may have changed the address since the link was drawn.
      link.onclick = () => {
        link.href = address(parameter, code);
      };
      return link;
    }),
  );
}

function address(parameter, code) {
  const url = new URL(window.location.href);
  url.searchParams.set(parameter, code);
  return url.href;
}

// Links in HTML of ours that lead to another page of Freio open it within the session.
function startLinks() {
  document.addEventListener("click", openWithin);
  return () => document.removeEventListener("click", openWithin);
}

function openWithin(event) {
  const link = event.target.closest?.('[data-testid="stHtml"] a[target="_self"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(link.href);
}
