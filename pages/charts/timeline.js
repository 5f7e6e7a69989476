// Draws the timeline of timeline.py as SVG. Each send keeps its element at a refresh, so a click
// and the focus stay with the send. Write data as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
const TICK_MS = 1_000;
// Below this width in pixels, the name of a lane is above the lane.
const NARROW = 640;
const TOP = 10;
const AXIS = 20;
const MIN_RADIUS = 3;
const MAX_RADIUS = 9.5;
// The link of a lane has at least this width in pixels. On touch screens, a lane has this height.
const FINGER = 44;

function drawComponent({ data, parentElement }) {
  const box = parentElement.querySelector(".timeline");
  box.data = relative(data);
  box.received = arrival(data.at);
  if (!box.svg) {
    box.svg = document.createElementNS(SVG, "svg");
    box.svg.setAttribute("role", "group");
    // Later groups are drawn over earlier groups.
    for (const name of ["hours", "line", "lanes", "marks"]) {
      box[name] = box.svg.appendChild(document.createElementNS(SVG, "g"));
    }
    box.line.setAttribute("class", "now");
    box.svg.onclick = open;
    box.svg.onkeydown = move;
    box.legend = document.createElement("p");
    box.legend.className = "legend";
    box.append(box.svg, box.legend);
    box.observer = new ResizeObserver(() => {
      if (box.clientWidth && box.clientWidth !== box.drawnWidth) draw(box);
    });
    box.observer.observe(box);
  }
  draw(box);
  box.ticking ??= setInterval(() => tick(box), TICK_MS);
  return () => {
    clearInterval(box.ticking);
    box.ticking = undefined;
    box.observer.disconnect();
    box.svg = undefined;
    box.replaceChildren();
  };
}

// Returns the data with relative times, in seconds after the server time `data.at`.
function relative(data) {
  const moved = (each) => ({
    ...each,
    at: each.at - data.at,
    closes: each.closes == null ? null : each.closes - data.at,
  });
  return { ...data, hours: data.hours.map(moved), marks: data.marks.map(moved) };
}

function draw(box) {
  const { data } = box;
  const width = (box.drawnWidth = box.clientWidth || 800);
  const isNarrow = width < NARROW;
  const left = isNarrow ? 0 : Math.min(190, Math.max(160, width * 0.14));
  const isTouch = matchMedia("(pointer: coarse)").matches;
  const lane = isTouch ? FINGER : isNarrow ? 34 : 18;
  const right = width - (isNarrow ? 4 : 12);
  const bottom = TOP + data.lanes.length * lane + 2;
  box.middle = (n) => TOP + n * lane + (isNarrow ? lane - 11 : lane / 2);
  box.svg.setAttribute("aria-label", data.label);
  set(box.svg, { width, height: bottom + AXIS, viewBox: `0 0 ${width} ${bottom + AXIS}` });
  box.place = (seconds) => {
    const share = (seconds - data.from) / (data.until - data.from);
    return left + Math.min(1, Math.max(0, share)) * (right - left);
  };
  drawHours(box, bottom, right, left);
  drawLanes(box, isNarrow, left, right, lane);
  drawMarks(box);
  set(part(box.line, 0, "line"), { y1: 0, y2: bottom });
  write(part(box.line, 1, "text"), data.now);
  drawLegend(box);
  tick(box);
}

function drawHours({ data, hours, place }, bottom, right, left) {
  const shown = data.hours.filter(({ at }) => at < data.until && at + 3600 > data.from);
  shown.forEach(({ at, name, title, href }, n) => {
    const link = part(hours, n, "a");
    set(link, { href, class: "hour", "aria-label": title });
    const begin = place(at);
    const end = place(at + 3600);
    set(part(link, 0, "rect"), { x: begin, y: 0, width: Math.max(0, end - begin), height: bottom + AXIS });
    set(part(link, 1, "line"), { x1: begin, x2: begin, y1: TOP, y2: bottom });
    const label = part(link, 2, "text");
    // Leave out a label that would cover the names of lanes, or cross the right edge.
    const fits = at >= data.from && begin + 34 <= right + 12;
    set(label, { x: Math.max(left, begin), y: bottom + 14 });
    write(label, fits ? name : "");
    write(part(link, 3, "title"), title);
  });
  cut(hours, shown.length);
}

function drawLanes({ data, lanes, middle }, isNarrow, left, right, lane) {
  data.lanes.forEach(({ name, href, title }, n) => {
    const group = part(lanes, n, "g");
    const y = middle(n);
    set(part(group, 0, "line"), { x1: left, x2: right, y1: y, y2: y });
    const text = shortened(name, isNarrow ? 48 : Math.floor(left / 6.2));
    const link = part(group, 1, "a");
    if (href) set(link, { href, class: "lane", "aria-label": title });
    else for (const each of ["href", "class", "aria-label"]) link.removeAttribute(each);
    const top = isNarrow ? y + 11 - lane : y - lane / 2;
    const width = Math.max(FINGER, text.length * 6.5 + 12);
    const area = { x: -4, y: top, width, height: lane };
    set(part(link, 0, "rect"), { class: "target", ...area });
    const label = part(link, 1, "text");
    set(label, { x: 0, y: isNarrow ? y - lane + 22 : y + 4 });
    write(label, text);
    write(part(group, 2, "title"), title ?? name);
  });
  cut(lanes, data.lanes.length);
}

function shortened(text, most) {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function drawMarks(box) {
  const { data, marks, place } = box;
  const most = Math.max(1, ...data.marks.map((mark) => mark.recipients));
  const existing = new Map([...marks.children].map((link) => [link.dataset.id, link]));
  const focused = box.getRootNode().activeElement;
  // The largest sends come first, so smaller marks are drawn over larger marks.
  for (const mark of data.marks) {
    const link = existing.get(mark.id) ?? newMark(marks, mark.id);
    existing.delete(mark.id);
    const x = place(mark.at);
    const y = box.middle(mark.lane);
    // If areas were in proportion to recipients, a send with a million recipients would make all
    // small sends equal dots.
    const radius = Math.max(MIN_RADIUS, MAX_RADIUS * Math.cbrt(mark.recipients / most));
    link.mark = mark;
    set(link, { href: mark.href, "aria-label": mark.title });
    set(part(link, 0, "circle"), { class: "target", cx: x, cy: y, r: radius + 4 });
    const end = mark.closes === null ? x : place(mark.closes);
    const half = end - x > radius ? 5 : radius + 2;
    set(part(link, 1, "path"), { class: "closes", d: `M${x} ${y}H${end}${bar(end, y, half)}` });
    part(link, 1, "path").style.display = mark.closes === null ? "none" : "";
    set(part(link, 2, "path"), { d: shape(mark.outlook, x, y, radius) });
    write(part(link, 3, "title"), mark.title);
  }
  for (const link of existing.values()) link.remove();
  const tabStop = focused?.parentNode === marks ? focused : marks.querySelector("a");
  for (const link of marks.children) link.setAttribute("tabindex", link === tabStop ? 0 : -1);
}

function newMark(marks, id) {
  const link = marks.appendChild(document.createElementNS(SVG, "a"));
  link.dataset.id = id;
  return link;
}

// Returns the SVG path of the sign of an outlook. Colour alone must not show a verdict.
function shape(outlook, x, y, r) {
  if (outlook === "stopped") return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`;
  if (outlook === "uncertain") return `M${x} ${y - r}L${x + r} ${y + r}H${x - r}z`;
  if (outlook === "waiting") return diamond(x, y, r);
  if (outlook === "rest_stoppable") {
    return `M${x + r / 2} ${y - r}A${r} ${r} 0 0 0 ${x + r / 2} ${y + r}z`;
  }
  if (outlook === "too_late") {
    return `M${x - r} ${y - r}L${x + r} ${y + r}M${x + r} ${y - r}L${x - r} ${y + r}`;
  }
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

function diamond(x, y, r) {
  return `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;
}

// Returns the SVG path of the bar at the point of no return.
function bar(x, y, half) {
  return `M${x} ${y - half}v${2 * half}`;
}

function drawLegend({ legend, data }) {
  const drawn = JSON.stringify([data.legend, data.closes, data.size]);
  if (legend.drawn === drawn) return;
  legend.drawn = drawn;
  const entries = data.legend.map(({ outlook, name }) => entry(shape(outlook, 7, 7, 4.5), outlook, name));
  entries.push(entry(`M1 7H11${bar(11, 7, 5)}`, "closes", data.closes), entry("", "", data.size));
  legend.replaceChildren(...entries);
}

function entry(path, kind, text) {
  const span = document.createElement("span");
  if (path) {
    const svg = span.appendChild(document.createElementNS(SVG, "svg"));
    set(svg, { width: 14, height: 14, "aria-hidden": "true", class: kind });
    set(svg.appendChild(document.createElementNS(SVG, "path")), { d: path });
  }
  span.append(text);
  return span;
}

// Moves the line of the current time. Shows a send that can be stopped as uncertain if the data is
// old, the server does not answer, or the time left is over.
function tick(box) {
  if (document.visibilityState === "hidden") return;
  const { data, received, place } = box;
  const since = passed(received);
  const x = place(since);
  set(box.line.children[0], { x1: x, x2: x });
  const isLate = x > box.drawnWidth - 40;
  set(box.line.children[1], { x: isLate ? x - 4 : x + 4, y: 9, "text-anchor": isLate ? "end" : "start" });
  const isOld =
    data.facts.age + since > data.facts.limit ||
    document.documentElement.classList.contains("freio-silent");
  for (const link of box.marks.children) {
    const { outlook, closes } = link.mark;
    const isOver = closes !== null && closes - since < 1 && since > data.current_for;
    const canBeStopped = outlook === "stoppable" || outlook === "rest_stoppable";
    const isDoubtful = canBeStopped && (isOld || isOver);
    link.setAttribute("class", isDoubtful ? "uncertain" : outlook.replaceAll("_", "-"));
    if (link.isDoubtful === isDoubtful) continue;
    link.isDoubtful = isDoubtful;
    const path = link.children[2];
    const { x: left, y: top, width } = path.getBBox();
    const r = width / 2;
    if (r) path.setAttribute("d", shape(isDoubtful ? "uncertain" : outlook, left + r, top + r, r));
  }
}

function open(event) {
  const link = event.target.closest("a[href]");
  if (!link || !isPlainClick(event)) return;
  event.preventDefault();
  navigate(link.getAttribute("href"));
}

// The Tab key stops at a single send. The arrow keys move between the sends.
function move(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const link = event.target.closest("a[data-id]");
  if (!step || !link) return;
  event.preventDefault();
  const ordered = [...link.parentNode.children].sort((a, b) => a.mark.at - b.mark.at);
  const next = ordered[ordered.indexOf(link) + step];
  if (!next) return;
  link.setAttribute("tabindex", -1);
  next.setAttribute("tabindex", 0);
  next.focus();
}

function part(parent, n, tag) {
  return parent.children[n] ?? parent.appendChild(document.createElementNS(SVG, tag));
}

function cut(parent, length) {
  while (parent.children.length > length) parent.lastElementChild.remove();
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
