// Sets the language of the page, draws the header, and starts the scripts for the whole page. Streamlit always
// sets the language to English (streamlit #15726, "`<html lang="en">` is hardcoded in index.html, causing
// unwanted browser translation prompts for non-English apps").

function drawComponent({ data, parentElement, setTriggerValue }) {
  // Streamlit calls this function for each answer. When the person leaves the page, Streamlit calls the
  // returned function.
  parentElement.stopScripts?.();
  document.documentElement.lang = data.locale;
  startLiveTexts(data.ages);
  startClickWatch(data, (open) => setTriggerValue("again", open));
  drawLanguages(parentElement.querySelector("nav"), data);
  drawPlace(parentElement, data);
  const stops = [
    startRoleCheck(data.is_over),
    startTranslation(data.builtin),
    startKeyboard(parentElement, data.keyboard),
    startPhoneMenu(),
    startNotices(),
    startLinks(),
    startSkipLink(data.skip),
    startFocusAfterBack(),
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
      // Filters may have changed the address after the link was drawn.
      link.onclick = () => {
        link.href = address(parameter, code);
      };
      return link;
    }),
  );
}

function drawPlace(parentElement, { zone, demo }) {
  const [long, short] = parentElement.querySelectorAll(".zone span");
  long.textContent = zone.name;
  short.textContent = zone.offset;
  parentElement.querySelector(".zone").title = zone.why;
  const notice = parentElement.querySelector(".demo");
  notice.hidden = !demo;
  if (demo) {
    notice.title = demo.why;
    notice.querySelector("strong").textContent = demo.word;
    notice.querySelector(".why").textContent = demo.why;
    notice.querySelector("a")?.remove();
    if (demo.link) notice.append(linkToFeeds(demo.link));
  }
  // page.css leaves this width free beside the top navigation.
  const width = parentElement.querySelector(".place").offsetWidth;
  document.documentElement.style.setProperty("--frame-width", `${width}px`);
}

function linkToFeeds(text) {
  const link = document.createElement("a");
  link.textContent = text;
  link.href = "feeds";
  link.onclick = (event) => {
    event.preventDefault();
    navigate(link.href);
  };
  return link;
}

function address(parameter, code) {
  const url = new URL(window.location.href);
  url.searchParams.set(parameter, code);
  return url.href;
}
