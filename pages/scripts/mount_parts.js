
// Adds a component's HTML and CSS to the page before the first drawing.

const sheet = new CSSStyleSheet();
sheet.replaceSync(parts.css);

export default function (component) {
  const { parentElement } = component;
  if (!parentElement.hasParts) {
    parentElement.hasParts = true;
    const template = document.createElement("template");
    template.innerHTML = parts.html;
    parentElement.append(template.content);
    const { adoptedStyleSheets } = parentElement.getRootNode();
    if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
  }
  return drawComponent(component);
}
