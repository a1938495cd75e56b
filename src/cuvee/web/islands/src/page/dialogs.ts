/**
 * `[data-opens="#id"]` opens a dialog, `[data-closes]` closes the one it is in; so does a click beside a dialog with
 * `data-light`. A form with `data-closes` closes its dialog when htmx has sent it and it was taken.
 */

export function handleDialogs(): void {
  document.addEventListener("click", (event) => {
    const clicked = event.target as Element;
    const opener = clicked.closest<HTMLElement>("[data-opens]");
    if (opener) openDialog(opener.dataset["opens"] ?? "");
    else if (clicked.closest("[data-closes]:not(form)")) clicked.closest("dialog")?.close();
    else if (clicked instanceof HTMLDialogElement && clicked.hasAttribute("data-light") && isBeside(event, clicked))
      clicked.close();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = (event as CustomEvent<{ elt: Element; xhr: XMLHttpRequest }>).detail;
    if (xhr.status >= 200 && xhr.status < 400 && elt.matches("form[data-closes]")) elt.closest("dialog")?.close();
  });
}

/** Open a dialog, if it is there and not open. */
export function openDialog(selector: string): HTMLDialogElement | null {
  const dialog = document.querySelector<HTMLDialogElement>(selector);
  if (dialog && !dialog.open) dialog.showModal();
  return dialog;
}

function isBeside(event: MouseEvent, dialog: HTMLDialogElement): boolean {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
