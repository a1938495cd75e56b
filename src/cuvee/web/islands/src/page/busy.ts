/** A form with `data-busy` cannot be sent twice: its button rests until there is an answer. The value is what it says meanwhile. */

const resting = new Map<HTMLFormElement, () => void>();

export function handleBusyForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = event.submitter ?? form.querySelector("button[type=submit], button:not([type])");
    // What the button carries is sent as well, so it rests after the form was read.
    if (form.hasAttribute("data-busy") && button instanceof HTMLButtonElement) setTimeout(() => rest(form, button), 0);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt } = (event as CustomEvent<{ elt: Element }>).detail;
    if (elt instanceof HTMLFormElement) resting.get(elt)?.();
  });
  // Back from the next page, out of the browser's memory.
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const wake of resting.values()) wake();
  });
}

function rest(form: HTMLFormElement, button: HTMLButtonElement): void {
  const content = [...button.childNodes];
  button.disabled = true;
  form.setAttribute("aria-busy", "true");
  if (form.dataset["busy"]) button.replaceChildren(spinner(), form.dataset["busy"]);
  resting.set(form, () => {
    resting.delete(form);
    button.disabled = false;
    form.removeAttribute("aria-busy");
    if (form.dataset["busy"]) button.replaceChildren(...content);
  });
}

function spinner(): HTMLElement {
  const turning = document.createElement("span");
  turning.className = "spinner-border spinner-border-sm me-2";
  turning.setAttribute("aria-hidden", "true");
  return turning;
}
