/** Output that wants to run scripts: what is said about it here. */

import { make } from "./dom.ts";

/** A note below HTML that has scripts: they never run on the platform's own pages. */
export function framed(_markup: string, wantsScripts: boolean): HTMLElement[] {
  if (!wantsScripts) return [];
  return [make("div", { class: "wb-note" }, "This output brings scripts, which do not run on this page: it is shown without them.")];
}
