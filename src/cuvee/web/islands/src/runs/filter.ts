/** The filter box: completions while it is typed, and what is wrong shown under the word. */

import { completionsAt, type Completions } from "./completions.ts";
import type { Offered, Refusal } from "./model.ts";

/** Milliseconds without a key after which the filter is tried, and after which a refusal of it is shown. */
const TRIED = 400;
const TOLD = 700;

export class Filter {
  private readonly input = document.querySelector("#filter") as HTMLInputElement;
  private readonly options = document.querySelector("#filter-options") as HTMLElement;
  private readonly told = document.querySelector("#filter-refused") as HTMLElement;
  private readonly offered: () => Offered;
  private readonly applied: (text: string, isFinal: boolean) => void;
  private found: Completions = { start: 0, options: [] };
  private chosen = -1;
  private trying: ReturnType<typeof setTimeout> | undefined;
  private telling: ReturnType<typeof setTimeout> | undefined;

  constructor(offered: () => Offered, applied: (text: string, isFinal: boolean) => void) {
    this.offered = offered;
    this.applied = applied;
    this.input.addEventListener("input", () => this.onInput());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("click", () => this.complete());
    this.input.addEventListener("focus", () => this.complete());
    this.input.addEventListener("blur", () => this.hide());
    // A press on an option must not take the focus away from the box.
    this.options.addEventListener("pointerdown", (event) => event.preventDefault());
    this.options.addEventListener("click", (event) => {
      const option = (event.target as Element).closest<HTMLElement>("[data-place]");
      if (option) this.take(Number(option.dataset["place"]));
    });
  }

  get text(): string {
    return this.input.value;
  }

  /** Show a filter of an address. */
  set(text: string): void {
    this.input.value = text;
  }

  /** Apply at once what is written. */
  apply(): void {
    clearTimeout(this.trying);
    this.hide();
    this.applied(this.text, true);
  }

  /** Say why the filter cannot be read, or, for null, that it can. While it is typed a refusal waits a moment. */
  tell(refusal: Refusal | null, isFinal: boolean): void {
    clearTimeout(this.telling);
    if (!refusal) return this.show(null);
    if (isFinal) return this.show(refusal);
    this.telling = setTimeout(() => this.show(refusal), TOLD);
  }

  private show(refusal: Refusal | null): void {
    this.input.classList.toggle("is-invalid", refusal !== null);
    this.input.setAttribute("aria-invalid", String(refusal !== null));
    this.told.replaceChildren();
    if (!refusal) return;
    const message = document.createElement("span");
    message.className = "filter-message";
    message.textContent = refusal.hint || refusal.error;
    this.told.append(message);
    if (refusal.start !== null && refusal.end !== null) this.told.append(marked(this.text, refusal.start, refusal.end));
  }

  private onInput(): void {
    clearTimeout(this.trying);
    clearTimeout(this.telling);
    this.trying = setTimeout(() => this.applied(this.text, false), TRIED);
    this.complete();
  }

  private onKey(event: KeyboardEvent): void {
    const count = this.options.hidden ? 0 : this.found.options.length;
    if (event.key === "Escape" && count) this.hide();
    else if (event.key === "ArrowDown" && count) this.choose((this.chosen + 1) % count);
    else if (event.key === "ArrowUp" && count) this.choose((this.chosen - 1 + count) % count);
    else if ((event.key === "Enter" || event.key === "Tab") && count && this.chosen >= 0) this.take(this.chosen);
    else if (event.key === "Enter") this.apply();
    else return;
    event.preventDefault();
  }

  private complete(): void {
    this.found = completionsAt(this.text, this.input.selectionStart ?? this.text.length, this.offered());
    this.chosen = -1;
    this.options.replaceChildren(...this.found.options.map(({ text, kind }, place) => option(text, kind, place)));
    const isShown = this.found.options.length > 0 && document.activeElement === this.input;
    this.options.hidden = !isShown;
    this.input.setAttribute("aria-expanded", String(isShown));
    this.input.removeAttribute("aria-activedescendant");
  }

  private choose(place: number): void {
    this.chosen = place;
    for (const [index, each] of [...this.options.children].entries()) each.setAttribute("aria-selected", String(index === place));
    this.options.children[place]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `filter-option-${place}`);
  }

  private take(place: number): void {
    const option = this.found.options[place];
    if (!option) return;
    const caret = this.input.selectionStart ?? this.text.length;
    this.input.setRangeText(`${option.text} `, this.found.start, caret, "end");
    this.input.focus();
    this.onInput();
  }

  private hide(): void {
    this.options.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

function option(text: string, kind: string, place: number): HTMLElement {
  const made = document.createElement("li");
  made.id = `filter-option-${place}`;
  made.dataset["place"] = String(place);
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  const name = document.createElement("span");
  name.textContent = text;
  const said = document.createElement("small");
  said.textContent = kind;
  made.append(name, said);
  return made;
}

function marked(text: string, start: number, end: number): HTMLElement {
  // The server counts characters, this language half ones of some.
  const characters = [...text];
  const made = document.createElement("code");
  made.className = "filter-text";
  made.setAttribute("aria-hidden", "true");
  const mark = document.createElement("mark");
  mark.textContent = characters.slice(start, end).join("") || " ";
  made.append(characters.slice(0, start).join(""), mark, characters.slice(end).join(""));
  return made;
}
