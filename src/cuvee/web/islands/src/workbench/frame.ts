/**
 * Output that wants to run scripts, such as a Plotly chart. It runs in a frame on the origin of users' content, without an origin of
 * its own; the frame asks for the HTML when it is there, and tells its height. Until then, and without it, the harmless form is shown.
 */

import { byId, make } from "./dom.ts";

const PATIENCE = 20_000;
const HIGHEST = 3_000;
const LEAST = 40;

interface Told {
  ready?: boolean;
  height?: number;
}

/** What is shown for HTML with scripts: its harmless form, in its place the frame as soon as it answers. */
export function framed(markup: string, harmless: HTMLElement): HTMLElement {
  const note = make("div", { class: "wb-note" }, "This output brings scripts. They run in a frame apart from this page…");
  const unframed = "This output brings scripts, which do not run on this page: it is shown without them.";
  if (!byId("workbench").dataset["frames"]) {
    note.textContent = unframed;
    return make("div", {}, harmless, note);
  }
  const frame = make("iframe", {
    class: "wb-frame",
    src: "/output-frame",
    sandbox: "allow-scripts",
    title: "Interactive output",
    hidden: true,
  });
  const host = make("div", {}, frame, harmless, note);
  const hear = (event: MessageEvent<Told>) => {
    if (event.source !== frame.contentWindow || event.source === null) return;
    if (event.data?.ready === true) {
      clearTimeout(patience);
      frame.contentWindow?.postMessage({ html: standing(markup) }, "*");
      frame.hidden = false;
      harmless.remove();
      note.remove();
    }
    const height = event.data?.height;
    if (typeof height === "number") frame.style.height = `${Math.max(LEAST, Math.min(HIGHEST, height))}px`;
  };
  addEventListener("message", hear);
  const patience = setTimeout(() => {
    note.textContent = unframed;
    removeEventListener("message", hear);
    frame.remove();
  }, PATIENCE);
  return host;
}

/** A page by itself: without a doctype its height would be the frame's. */
function standing(markup: string): string {
  return /^\s*<!doctype/i.test(markup) ? markup : `<!doctype html>${markup}`;
}
