// Makes buttons of the headings by which a list can be sorted (list_filters.column_sorts). `sorts`
// has for each of these columns its direction now and the order after a click.
function drawColumnSorts(root, sorts, choose) {
  for (const [column, { direction, next }] of Object.entries(sorts)) {
    const heading = root.querySelector(`thead [data-label="${column}"]`);
    if (!heading) continue;
    let button = heading.querySelector("button");
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
    }
    button.onclick = () => choose(next);
    if (direction) heading.setAttribute("aria-sort", direction);
    else heading.removeAttribute("aria-sort");
  }
}
