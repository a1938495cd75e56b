/**
 * Rich output: the best form of what a kernel displayed, made harmless. HTML goes through JupyterLab's sanitizer and renderer, SVG is
 * an image (scripts in images do not run). This part is loaded when the first such output comes.
 */

import { Sanitizer } from "@jupyterlab/apputils/lib/sanitizer.js";
import { renderHTML, renderMarkdown } from "@jupyterlab/rendermime/lib/renderers.js";
import { marked } from "marked";
import { make } from "./dom.ts";

const sanitizer = new Sanitizer();
const MOST_HTML = 3_000_000;
const common = { trusted: false, sanitizer, resolver: null, linkHandler: null, shouldTypeset: false, latexTypesetter: null };

/** Whether HTML wants to run something: then what is shown here is not all of it. */
export function wantsScripts(html: string): boolean {
  return /<script|<iframe/i.test(html);
}

export async function html(source: string): Promise<HTMLElement> {
  const host = make("div", { class: "wb-html" });
  if (source.length > MOST_HTML) host.textContent = "This table or page is too large to be shown here.";
  else await renderHTML({ host, source, ...common });
  return harmless(host);
}

export async function markdown(source: string): Promise<HTMLElement> {
  const host = make("div", { class: "wb-html wb-markdown" });
  const markdownParser = { render: (text: string) => Promise.resolve(marked(text, { async: false })) };
  await renderMarkdown({ host, source, markdownParser, ...common });
  return harmless(host);
}

/** Nothing that the page's own scripts would react to, no field that takes the focus, links that open elsewhere. */
function harmless(host: HTMLElement): HTMLElement {
  for (const element of host.querySelectorAll<HTMLElement>("*")) {
    for (const { name } of [...element.attributes]) {
      if (/^(data-|hx-|on|aria-|role$|tabindex$|autofocus$|id$|name$|form)/i.test(name)) element.removeAttribute(name);
    }
    if (element instanceof HTMLAnchorElement) {
      element.target = "_blank";
      element.rel = "noopener noreferrer nofollow";
      if (!/^(https?|mailto):/i.test(element.getAttribute("href") ?? "")) element.removeAttribute("href");
    }
  }
  for (const field of host.querySelectorAll("form, input, button, textarea, select")) field.replaceWith(...field.childNodes);
  for (const table of host.querySelectorAll("table")) {
    table.removeAttribute("border");
    table.classList.add("wb-table");
  }
  return host;
}
