/** Which columns there are: the dialog to pick them, and the head of the table. */

import { columnOf, type Column, type Config, type Offered } from "./model.ts";

const KINDS: [Column["kind"], string, string][] = [
  ["metrics", "Metrics", "Metric"],
  ["params", "Parameters", "Parameter"],
  ["tags", "Tags", "Tag"],
  ["extra", "About the run", ""],
];
const FIXED: [string, string][] = [
  ["name", "Name"],
  ["created", "Created"],
  ["duration", "Duration"],
  ["status", "Status"],
];
/** Names that are listed at once; the search finds the others. */
const MOST_LISTED = 200;

export class Columns {
  shown: Column[];
  offered: Offered;
  private readonly config: Config;
  private readonly changed: () => void;
  private readonly listed = document.querySelector<HTMLElement>("#columns-list");
  private readonly search = document.querySelector<HTMLInputElement>("#find-columns");

  constructor(config: Config, changed: () => void) {
    this.config = config;
    this.shown = config.columns;
    this.offered = config.offered;
    this.changed = changed;
    const opener = document.querySelector<HTMLButtonElement>("#pick-columns");
    if (opener) opener.hidden = false;
    opener?.addEventListener("click", () => this.list());
    this.search?.addEventListener("input", () => this.list());
    this.listed?.addEventListener("change", (event) => this.onPick(event.target as HTMLInputElement));
    document.querySelector("#usual-columns")?.addEventListener("click", () => this.pick(this.config.usual));
  }

  /** As the address has them; empty for the usual ones. */
  get written(): string {
    const names = this.shown.map((column) => column.name).join(",");
    return names === this.config.usual.join(",") ? "" : names;
  }

  /** Take the columns of an address. */
  read(written: string): void {
    const names = written ? written.split(",").filter(Boolean) : this.config.usual;
    this.shown = names.map((name) => columnOf(name, this.config.titles));
  }

  /** The head of the table, and how wide its columns are. */
  head(table: HTMLTableElement, sort: string): void {
    const widths = this.shown.map((column) => `c-${column.kind === "metrics" ? "number" : "text"}`);
    const group = table.querySelector("colgroup") as HTMLElement;
    group.replaceChildren(...["c-tick", "c-name", "c-created", "c-duration", "c-status", ...widths].map(col));
    const row = table.tHead?.rows[0] as HTMLTableRowElement;
    const tick = row.cells[0] as HTMLElement;
    const fixed = FIXED.map(([name, title], place) => headOf({ name, title, kind: "extra" }, "", sort, place ? "" : "fixed-2"));
    const kinds = Object.fromEntries(KINDS.map(([kind, , one]) => [kind, one]));
    const picked = this.shown.map((column) =>
      headOf(column, kinds[column.kind] ?? "", sort, column.kind === "metrics" ? "number" : ""),
    );
    row.replaceChildren(tick, ...fixed, ...picked);
    table.setAttribute("aria-colcount", String(row.cells.length));
  }

  private pick(names: string[]): void {
    this.shown = names.map((name) => columnOf(name, this.config.titles));
    this.list();
    this.changed();
  }

  private onPick(box: HTMLInputElement): void {
    const names = this.shown.map((column) => column.name).filter((name) => name !== box.value);
    this.shown = (box.checked ? [...names, box.value] : names).map((name) => columnOf(name, this.config.titles));
    this.changed();
  }

  private list(): void {
    const text = this.search?.value.toLowerCase() ?? "";
    const shown = new Set(this.shown.map((column) => column.name));
    const parts = KINDS.map(([kind, title]) => {
      const columns = this.offered[kind].map((key) => columnOf(kind === "extra" ? key : `${kind}.${key}`, this.config.titles));
      const fitting = columns.filter((column) => `${column.title} ${column.name}`.toLowerCase().includes(text));
      return fitting.length ? part(title, fitting, shown) : "";
    });
    this.listed?.replaceChildren(...parts);
  }
}

function part(title: string, columns: Column[], shown: ReadonlySet<string>): HTMLElement {
  const made = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = columns.length > MOST_LISTED ? `${title} (${MOST_LISTED} of ${columns.length})` : title;
  made.append(legend);
  for (const column of columns.slice(0, MOST_LISTED)) {
    const label = document.createElement("label");
    label.className = "form-check";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.className = "form-check-input";
    box.value = column.name;
    box.checked = shown.has(column.name);
    const name = document.createElement("span");
    name.className = "form-check-label";
    name.textContent = column.title;
    label.append(box, name);
    made.append(label);
  }
  return made;
}

function headOf(column: Column, kind: string, sort: string, style: string): HTMLElement {
  const made = document.createElement("th");
  made.scope = "col";
  made.setAttribute("role", "columnheader");
  made.className = style;
  made.dataset["column"] = column.name;
  const isUp = sort === column.name;
  const isDown = sort === `-${column.name}`;
  if (isUp || isDown) made.setAttribute("aria-sort", isUp ? "ascending" : "descending");
  const canSort = column.name !== "models";
  const name = document.createElement(canSort ? "a" : "span");
  name.textContent = column.title;
  name.title = column.title;
  if (name instanceof HTMLAnchorElement) {
    name.className = "runs-sort";
    name.href = "#";
    name.tabIndex = -1;
  }
  if (isUp || isDown) {
    const arrow = document.createElement("span");
    arrow.className = "arrow";
    arrow.setAttribute("aria-hidden", "true");
    arrow.textContent = isUp ? " ↑" : " ↓";
    name.append(arrow);
  }
  made.append(name);
  if (kind) {
    const small = document.createElement("small");
    small.textContent = kind;
    made.append(small);
  }
  return made;
}

function col(style: string): HTMLElement {
  const made = document.createElement("col");
  made.className = style;
  return made;
}
