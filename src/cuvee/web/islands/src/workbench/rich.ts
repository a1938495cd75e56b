/**
 * Rich output: the best form of what a kernel displayed, made harmless. HTML goes through JupyterLab's sanitizer and renderer, SVG is
 * an image (scripts in images do not run). This part is loaded when the first such output comes.
 */

import { Sanitizer } from "@jupyterlab/apputils/lib/sanitizer.js";
import { renderHTML } from "@jupyterlab/rendermime/lib/renderers.js";
import { marked } from "marked";
import { make } from "./dom.ts";

const jupyter = new Sanitizer();
const MOST_HTML = 3_000_000;
const KEPT = /^(style|href|src|alt|title|colspan|rowspan|span|scope|width|height|align|valign|dir|lang|start|open|datetime)$/i;

/** What is drawn from: no other host and no page of ours is asked for anything, and no script of ours reacts to it. */
const sanitizer = {
  sanitize: (markup: string) => harmless(jupyter.sanitize(markup)),
  getAutolink: () => false,
  allowNamedProperties: false,
};

/** Whether HTML wants to run something: then what is shown here is not all of it. */
export function wantsScripts(markup: string): boolean {
  return /<script|<iframe/i.test(markup);
}

export async function html(source: string, style = "wb-html"): Promise<HTMLElement> {
  const host = make("div", { class: style, tabindex: "0" });
  if (source.length > MOST_HTML) host.textContent = "This table or page is too large to be shown here.";
  else
    await renderHTML({
      host,
      source,
      sanitizer,
      trusted: false,
      resolver: null,
      linkHandler: null,
      shouldTypeset: false,
      latexTypesetter: null,
    });
  for (const link of host.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  for (const table of host.querySelectorAll("table")) table.classList.add("wb-table");
  return host;
}

export function markdown(source: string): Promise<HTMLElement> {
  return html(marked(source, { async: false }), "wb-html wb-markdown");
}

/** In a document that loads and runs nothing. */
function harmless(markup: string): string {
  const parsed = new DOMParser().parseFromString(markup, "text/html");
  for (const each of parsed.body.querySelectorAll(
    "form, input, button, textarea, select, style, link, meta, base, iframe, object, embed, video, audio, source",
  )) {
    each.replaceWith(...each.childNodes);
  }
  for (const element of parsed.body.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) if (!isKept(name, value)) element.removeAttribute(name);
  }
  return parsed.body.innerHTML;
}

function isKept(name: string, value: string): boolean {
  if (!KEPT.test(name)) return false;
  if (name === "src") return /^data:image\//i.test(value);
  if (name === "href") return /^(https?|mailto):/i.test(value);
  return name !== "style" || !/url\(|expression|@import/i.test(value);
}
