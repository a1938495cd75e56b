/** Quick find: `/` and Ctrl-K open it, the arrows go through what was found, Enter opens the first. */

import { openDialog } from "./dialogs.ts";

/** Where keys belong to what is being written: fields, editors, terminals. */
const WRITING = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [data-own-keys]";

export function handleFinding(): void {
  document.addEventListener("keydown", (event) => {
    const dialog = document.querySelector<HTMLDialogElement>("#find");
    if (!dialog || event.defaultPrevented || event.isComposing) return;
    if (dialog.open) walk(event, dialog);
    else if (opensFind(event)) {
      event.preventDefault();
      openDialog("#find")?.querySelector("input")?.select();
    }
  });
}

function opensFind(event: KeyboardEvent): boolean {
  const isElsewhere = document.querySelector("dialog[open]") !== null || (event.target as Element).closest(WRITING) !== null;
  if (isElsewhere || event.altKey || event.shiftKey) return false;
  const hasModifier = event.ctrlKey || event.metaKey;
  return hasModifier ? event.key.toLowerCase() === "k" : event.key === "/";
}

function walk(event: KeyboardEvent, dialog: HTMLDialogElement): void {
  const stops = [...dialog.querySelectorAll<HTMLElement>("#find-results a[href]")];
  const input = dialog.querySelector<HTMLElement>("input");
  const here = stops.indexOf(document.activeElement as HTMLElement);
  if (event.key === "ArrowDown") focus(event, stops[Math.min(here + 1, stops.length - 1)]);
  else if (event.key === "ArrowUp") focus(event, here <= 0 ? input : stops[here - 1]);
  // A search field would take the first Escape to clear itself.
  else if (event.key === "Escape") dialog.close();
  else if (event.key === "Enter" && document.activeElement === input) {
    // Otherwise the dialog's form would close it.
    event.preventDefault();
    stops[0]?.click();
  }
}

function focus(event: KeyboardEvent, element: HTMLElement | null | undefined): void {
  event.preventDefault();
  element?.focus();
}
