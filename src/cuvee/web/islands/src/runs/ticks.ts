/** The runs that are ticked: by a click, a range with the shift key, or all that fit. */

import { counted } from "./format.ts";

/** Runs that one comparison shows. */
const MOST_COMPARED = 100;

export class Ticks {
  private readonly ids = new Set<string>();
  private readonly bar = document.querySelector<HTMLElement>("#runs-actions");
  private readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
    document.querySelector("#untick")?.addEventListener("click", () => this.clear());
    // What is sent is what is ticked when the button is pressed.
    this.bar?.addEventListener("submit", () => {
      const field = document.querySelector<HTMLInputElement>("#ticked-runs");
      if (field) field.value = [...this.ids].join(",");
    });
  }

  get size(): number {
    return this.ids.size;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  set(ids: Iterable<string>, isTicked: boolean): void {
    for (const id of ids) {
      if (isTicked) this.ids.add(id);
      else this.ids.delete(id);
    }
    this.show();
  }

  clear(): void {
    this.ids.clear();
    this.show();
  }

  /** Which actions fit the runs that are shown: active ones are deleted, deleted ones restored. */
  offer(show: string, back: string): void {
    const buttons = { "delete-runs": show !== "deleted", "restore-runs": show !== "active" };
    for (const [id, isOffered] of Object.entries(buttons)) {
      const button = document.querySelector<HTMLButtonElement>(`#${id}`);
      if (!button) continue;
      button.hidden = !isOffered;
      button.formAction = (button.getAttribute("formaction") ?? "").replace(/\?.*/, "") + back;
    }
  }

  private show(): void {
    const count = this.ids.size;
    if (this.bar) this.bar.hidden = count === 0;
    const said = document.querySelector("#ticked");
    if (said) said.textContent = count ? `${counted(count, "run", "runs")} selected` : "";
    const compare = document.querySelector<HTMLAnchorElement>("#compare");
    if (compare) {
      const fits = count > 1 && count <= MOST_COMPARED;
      compare.classList.toggle("disabled", !fits);
      compare.title = fits ? "" : `Select 2 to ${MOST_COMPARED} runs to compare them`;
      if (fits) compare.href = `/compare?runs=${[...this.ids].join(",")}`;
      else compare.removeAttribute("href");
    }
    this.changed();
  }
}
