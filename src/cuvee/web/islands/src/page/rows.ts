/** Rows of a form, such as environment variables: `[data-row-add]` adds an empty `[data-row]` to the form's `[data-rows]`, `[data-row-remove]` takes one away. */

export function handleRows(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-row-add], [data-row-remove]");
    const row = button?.closest<HTMLElement>("[data-row]");
    if (button && row && button.hasAttribute("data-row-remove")) remove(row);
    else if (button?.hasAttribute("data-row-add")) add(button);
  });
}

function add(button: HTMLElement): void {
  const rows = button.closest("form")?.querySelectorAll<HTMLElement>("[data-rows] [data-row]");
  const last = rows?.[rows.length - 1];
  if (!last) return;
  const added = last.cloneNode(true) as HTMLElement;
  empty(added);
  last.after(added);
  added.querySelector("input")?.focus();
}

/** The last row stays, empty: there is always one to write into. */
function remove(row: HTMLElement): void {
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  if (neighbour) row.remove();
  else empty(row);
  (neighbour ?? row).querySelector("input")?.focus();
}

function empty(row: HTMLElement): void {
  for (const field of row.querySelectorAll("input")) {
    field.value = "";
    field.removeAttribute("value");
  }
}
