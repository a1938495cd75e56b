/**
 * What went wrong with something that htmx tried, said where it is seen: in the form's own `.form-error`, else at the head of the
 * dialog it was tried in, else in the page's `#notices`. A reply that says by itself where it belongs (`HX-Retarget`, `HX-Reswap`) goes there.
 */

import htmx from "./htmx.ts";
import { type Asking, asksByItself, isLive, type Swapping } from "./requests.ts";

const UNREACHED = "The server could not be reached. Nothing was changed; try again when the connection is back.";

export function handleRefusals(): void {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { detail } = event as CustomEvent<Asking>;
    if (!isLive(detail) && !asksByItself(detail)) placeFor(detail.elt).replaceChildren();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<Swapping>;
    if (detail.xhr.status < 400 || placesItself(detail.xhr)) return;
    detail.shouldSwap = false;
    // It is dealt with here: nothing for the console.
    detail.isError = false;
    // What is there stays when it cannot be had anew: the page as it was is better than a notice for each of its parts.
    if (!isLive(detail)) show(detail.elt, detail.xhr.responseText);
  });
  document.addEventListener("htmx:sendError", (event) => {
    const { detail } = event as CustomEvent<Asking>;
    if (!isLive(detail)) show(detail.elt, alert(UNREACHED));
  });
}

/** Say at the head of the page why nothing was done. */
export function warn(sentence: string): void {
  show(document.body, alert(sentence));
}

function placesItself(xhr: XMLHttpRequest): boolean {
  return Boolean(xhr.getResponseHeader("HX-Retarget") ?? xhr.getResponseHeader("HX-Reswap"));
}

function show(tried: Element, html: string): void {
  const place = placeFor(tried);
  htmx.swap(place, html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
  place.scrollIntoView({ block: "nearest" });
}

function placeFor(tried: Element): Element {
  const beside = tried.closest("form")?.querySelector(".form-error");
  if (beside) return beside;
  const dialog = tried.closest("dialog");
  if (!dialog) return document.querySelector("#notices") ?? document.body.appendChild(document.createElement("div"));
  const there = dialog.querySelector(".notices");
  if (there) return there;
  const made = document.createElement("div");
  made.className = "notices";
  made.setAttribute("aria-live", "assertive");
  dialog.prepend(made);
  return made;
}

function alert(sentence: string): string {
  const box = document.createElement("div");
  box.className = "alert alert-danger";
  box.setAttribute("role", "alert");
  box.textContent = sentence;
  return box.outerHTML;
}
