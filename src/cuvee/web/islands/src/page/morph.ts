/**
 * A live part is not replaced but changed into what it is now: what did not change stays, with its focus, its open menus, what was
 * ticked or written in it, and its times.
 */

import { Idiomorph } from "idiomorph";
import htmx from "./htmx.ts";
import { isLive, type Swapping } from "./requests.ts";

/** Written by scripts while a menu or a fold is open, never by the server. */
const OURS = new Set(["class", "style", "aria-expanded", "data-popper-placement"]);
const STYLES = new Set(["innerHTML", "outerHTML"]);
/** The short one is for `hx-select-oob`, which takes no colon: what changes beside a live part. */
const INLINE = new Set(["morph", "morph:outerHTML"]);

export function morphLiveParts(): void {
  htmx.defineExtension("morph", {
    isInlineSwap: (style) => INLINE.has(style),
    handleSwap: (style, target, fragment) => {
      if (!style.startsWith("morph")) return false;
      const morphStyle = INLINE.has(style) ? "outerHTML" : "innerHTML";
      return Idiomorph.morph(target, [...(fragment as DocumentFragment).children], {
        morphStyle,
        ignoreActiveValue: true,
        callbacks,
      }) as Node[];
    },
  });
  document.body.setAttribute("hx-ext", "morph");
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<Swapping>;
    if (!isLive(detail)) return;
    // It asked once more before it was told that it will not change again: its `hx-swap` is gone, and there is nothing new.
    if (!(detail.elt as HTMLElement).dataset["live"]) detail.shouldSwap = false;
    const style = detail.elt.closest("[hx-swap]")?.getAttribute("hx-swap")?.trim().split(/\s+/)[0] ?? "innerHTML";
    if (STYLES.has(style)) detail.swapOverride = `morph:${style}`;
  });
}

const callbacks = {
  beforeNodeMorphed: (old: Element, now: Node): boolean => {
    if (old instanceof HTMLTimeElement && now instanceof HTMLTimeElement) return old.dateTime !== now.dateTime;
    // It was sent and waits for its answer: it must not be sent twice.
    return !(old instanceof HTMLFormElement && old.ariaBusy === "true");
  },
  beforeAttributeUpdated: (name: string, element: Element): boolean => {
    if (name === "open") return !(element instanceof HTMLDetailsElement || element instanceof HTMLDialogElement);
    if (name === "checked") return !(element instanceof HTMLInputElement && element.checked !== element.defaultChecked);
    if (name === "value") return !(element instanceof HTMLInputElement && element.value !== element.defaultValue);
    return !(OURS.has(name) && isUnfolded(element));
  },
};

function isUnfolded(element: Element): boolean {
  return element.matches('.show, [data-bs-toggle][aria-expanded="true"]');
}
