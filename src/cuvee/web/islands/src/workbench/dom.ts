/** Small helpers for building and finding elements. Texts are always texts. */

import { icon } from "../page/icon.ts";

type Attributes = Record<string, string | boolean | undefined>;

/** An element with attributes and children; a text becomes a text node. */
export function make<K extends keyof HTMLElementTagNameMap>(
  kind: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A button that shows an icon alone; `name` is its label. */
export function tool(drawn: SVGSVGElement, name: string, action: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", class: "wb-tool", "aria-label": name, title: name }, drawn);
  button.addEventListener("click", action);
  return button;
}

/** The element with this id; the page's template has it. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id} is missing`);
  return found;
}

export { icon };
