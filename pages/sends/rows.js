// Puts the rows of rows.py on the screen. Runs again on every refresh with new data, in the same
// place: each send keeps its own elements, found by its id, so that focus and scroll stay.
// Data is only ever written as text.

// A row that has just moved takes no click for this long: the pointer may have been on its way to
// the row that stood there. The keyboard needs no such care, its focus moves with the row. Whoever
// asked for another list, by a filter or a search, waits for its rows and may press at once.
const SETTLING_MS = 300;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".rows");
  const received = arrival(data.at);
  root.count = data.count;
  root.facts = data.facts;
  const body = root.querySelector("tbody");
  const template = root.querySelector("template");

  root.querySelector("table").hidden = data.rows.length === 0;
  root.querySelector(".empty").hidden = data.rows.length > 0;
  label(root, data.labels);
  root.ask = (id) => setTriggerValue("abort", id);
  root.report = (button, id) => {
    root.pressed = button;
    lend(parentElement.host);
    live.pressed?.(id);
    root.ask(id);
    waitForAnswer(parentElement.host, root, id);
  };
  takeFocusBack(parentElement, root);

  const focused = parentElement.activeElement;
  const isAskedFor = body.children.length === 0 || root.question !== data.question;
  root.question = data.question;
  const standing = new Map([...body.children].map((tr, place) => [tr.dataset.id, { tr, place }]));
  const wanted = data.rows.map((row, place) => {
    const before = standing.get(row.id);
    standing.delete(row.id);
    const tr = before?.tr ?? newRow(template, row.id, root);
    label(tr, data.labels);
    fill(tr, row);
    tr.closes = {
      text: row.time_left,
      why: row.time_why,
      isUnsure: row.is_unsure,
      left: row.seconds_left,
      received,
      currentFor: data.current_for,
    };
    tr.isOld = row.is_old;
    if (!isAskedFor && before?.place !== place) settle(tr.querySelector("button"));
    return tr;
  });
  for (const { tr } of standing.values()) tr.remove();
  arrange(body, wanted, focused?.closest("tr"));

  count(root);
  root.counting ??= setInterval(() => count(root), LOOK_MS);

  // Where the focused button is gone, stay in the list rather than fall back to the page's start.
  if (focused && !visible(focused)) {
    const name = focused.closest("tr")?.querySelector("a");
    (name?.isConnected ? name : root).focus({ preventScroll: true });
  }

  return () => {
    clearInterval(root.counting);
    root.counting = undefined;
  };
}

function newRow(template, id, root) {
  const tr = template.content.firstElementChild.cloneNode(true);
  tr.dataset.id = id;
  const button = tr.querySelector("button");
  button.onpointerdown = hold;
  button.onclick = (event) => {
    if (!isTakenBack(event)) root.report(button, id);
  };
  tr.querySelector("a").onclick = (event) => {
    // A new tab or window, a download, a link to copy: those are the browser's.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    visit(event.currentTarget.href);
  };
  return tr;
}

// A press counts for the button that it began on. A refresh may move the rows, or what stands above
// them, until it is let go, and of a press that begins and ends on two elements the browser makes
// no click.
function hold(event) {
  if (event.button !== 0) return;
  const button = event.currentTarget;
  button.held = button.getBoundingClientRect();
  button.setPointerCapture(event.pointerId);
}

// Whoever slides off the button before letting go has thought better of it. A click without a press
// comes from the keyboard or a screen reader, and has no place.
function isTakenBack({ currentTarget: button, detail, clientX, clientY }) {
  const held = button.held;
  button.held = undefined;
  if (!held || detail === 0) return false;
  const isWithin = (box) =>
    box.left <= clientX && clientX <= box.right && box.top <= clientY && clientY <= box.bottom;
  return ![held, button.getBoundingClientRect()].some(isWithin);
}

function label(within, labels) {
  for (const element of within.querySelectorAll("[data-label]")) {
    write(element, labels[element.dataset.label]);
  }
}

function fill(tr, row) {
  announce(tr, row);
  tr.className = row.outlook.replaceAll("_", "-");
  for (const element of tr.querySelectorAll("[data-field]")) {
    write(element, row[element.dataset.field]);
    if (element.hasAttribute("title")) element.title = row[element.dataset.field];
  }
  tr.querySelector("a").href = row.href;
  flag(tr.querySelector(".flags"), row.flags);

  const bar = tr.querySelector("progress");
  bar.hidden = row.progress_share === null;
  bar.value = row.progress_share ?? 0;

  const button = tr.querySelector("button");
  button.hidden = !row.can_abort;
  button.setAttribute("aria-label", row.abort_label);
  tr.querySelector(".reason").hidden = row.can_abort;
}

// Tells whoever listens that something else can be done about a send than before: politely, and a
// few at a time, because what concerns all of them stands on the page as a notice of its own.
const MOST_NEWS = 3;

function announce(tr, { name, outlook, verdict_word }) {
  const before = tr.dataset.outlook;
  tr.dataset.outlook = outlook;
  const news = tr.parentElement?.closest(".rows").querySelector(".news");
  if (!news || !before || before === outlook) return;
  const told = document.createElement("p");
  told.textContent = `${name}: ${verdict_word}`;
  news.append(told);
  while (news.children.length > MOST_NEWS) news.firstElementChild.remove();
}

function flag(within, flags) {
  const told = JSON.stringify(flags);
  if (within.dataset.told === told) return;
  within.dataset.told = told;
  within.replaceChildren(
    ...flags.map(({ word, why }) => {
      const element = document.createElement("span");
      element.className = "flag";
      element.textContent = word;
      element.title = why;
      return element;
    }),
  );
}

// Leaves a text that has not changed alone, so that a selection in it survives.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// By a class and a timer: after an animation of a row that moves, Chromium may leave the button deaf
// for good.
function settle(button) {
  clearTimeout(button.settling);
  button.classList.add("settling");
  button.settling = setTimeout(() => button.classList.remove("settling"), SETTLING_MS);
}

function visible(element) {
  return element.isConnected && !element.hidden && !element.closest("[hidden]");
}

// Brings the rows into order without ever moving the one that holds the focus: it would lose it.
function arrange(body, wanted, held) {
  let at = body.firstElementChild;
  for (const tr of wanted) {
    if (tr === held) {
      while (at !== held) {
        const next = at.nextElementSibling;
        body.append(at);
        at = next;
      }
    }
    if (tr === at) at = at.nextElementSibling;
    else body.insertBefore(tr, at);
  }
}

// A dialog that closes gives the focus back to what it saw focused, which is only the host of our
// shadow root. Hand it on to the button that was pressed.
function takeFocusBack(shadow, root) {
  shadow.host.style.outline = "none";
  shadow.host.onfocus = () => {
    if (shadow.activeElement) return;
    // A send that has been stopped has no button any more: its name takes the focus.
    const ways = [root.pressed, root.pressed?.closest("tr")?.querySelector("a"), root];
    ways.find((each) => each && visible(each)).focus({ preventScroll: true });
  };
}

// Streamlit forgets a click where the connection is away, or goes before it has been answered: ask
// again, for a while, until a dialog has been seen. It may come twice, and still opens one dialog.
//
// A dialog that closes because its send was stopped does not always give the focus back: look for a
// second after it closed whether nobody has it.
const LOOK_FOR_ANSWER_MS = 100;
const ASK_AGAIN = 20; // looks
const GIVE_UP = 200;
const AFTERWARDS = 10;

function waitForAnswer(host, root, id) {
  clearInterval(root.waiting);
  let isAnswered = false;
  let looks = 0;
  root.waiting = setInterval(() => {
    if (document.querySelector('[role="dialog"]')) {
      isAnswered = true;
      looks = 0;
      return;
    }
    looks += 1;
    if (isAnswered && document.activeElement === document.body) host.focus({ preventScroll: true });
    if (looks >= (isAnswered ? AFTERWARDS : GIVE_UP) || !(isAnswered || visible(root.pressed))) {
      clearInterval(root.waiting);
    } else if (!isAnswered && looks % ASK_AGAIN === 0 && !isRunning()) {
      root.ask(id);
    }
  }, LOOK_FOR_ANSWER_MS);
}

// The host can take the focus only while it is lent to a dialog: Tab passes by everything in a host
// with a negative tabindex, and no row would be reached by keyboard.
function lend(host) {
  host.tabIndex = -1;
  const back = ({ key }) => {
    if (key !== "Tab" || document.querySelector('[role="dialog"]')) return;
    host.removeAttribute("tabindex");
    document.removeEventListener("keydown", back);
  };
  document.addEventListener("keydown", back);
}
