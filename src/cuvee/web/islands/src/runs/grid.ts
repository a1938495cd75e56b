/** The table on the screen: only the lines that are seen exist; keys and clicks move in it. */

import { arrange } from "../page/arrange.ts";
import { line, nothing, showTicked, type Look } from "./cells.ts";
import type { Item, List } from "./list.ts";

export const LINE = 36;
/** Lines beyond the edges that exist already. */
const BEYOND = 8;
/** Browsers lay out no more pixels than this. */
const TALLEST = 30_000_000;

export interface Moves {
  /** Lines `first` to `last` are on the screen. */
  seen(first: number, last: number): void;
  toggle(index: number): void;
  tick(index: number, isRange: boolean): void;
  tickAll(): void;
}

export class Grid {
  private readonly box: HTMLElement;
  private readonly table: HTMLTableElement;
  private readonly body: HTMLTableSectionElement;
  private readonly above = filler();
  private readonly below = filler();
  private readonly list: List;
  readonly look: Look;
  private readonly moves: Moves;
  private lines = new Map<string, { item: Item; made: HTMLTableRowElement }>();
  private active = 0;
  private isDue = false;

  constructor(box: HTMLElement, list: List, look: Look, moves: Moves) {
    this.box = box;
    this.list = list;
    this.look = look;
    this.moves = moves;
    this.table = box.querySelector("table") as HTMLTableElement;
    this.body = this.table.tBodies[0] as HTMLTableSectionElement;
    this.body.before(this.above);
    this.body.after(this.below);
    this.table.tabIndex = 0;
    box.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => this.later()).observe(box);
    this.table.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("click", (event) => this.onClick(event));
  }

  /** Draw again what changed, at the next frame. */
  later(): void {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.draw();
    });
  }

  /** Forget every line, and draw anew. */
  redraw(): void {
    this.lines.clear();
    this.draw();
  }

  draw(): void {
    const size = Math.min(this.list.size, Math.floor(TALLEST / LINE));
    const [top, count] = this.sight();
    const first = Math.max(0, Math.min(top, size) - BEYOND);
    const last = Math.min(size, top + count + BEYOND);
    this.above.fill(first * LINE);
    this.below.fill((size - last) * LINE);
    this.active = Math.max(0, Math.min(this.active, size - 1));
    const kept = new Map<string, { item: Item; made: HTMLTableRowElement }>();
    const shown: HTMLTableRowElement[] = [];
    for (let index = first; index < last; index += 1) {
      const { key, made } = this.lineAt(index, kept);
      this.place(made, index);
      kept.set(key, this.lines.get(key) as { item: Item; made: HTMLTableRowElement });
      shown.push(made);
    }
    this.lines = kept;
    arrange(this.body, size ? shown : [nothing(this.look.empty, this.look)]);
    this.table.setAttribute("aria-rowcount", String(size + 1));
    this.showActive();
    if (size) this.moves.seen(Math.max(0, top), Math.min(size, top + count));
  }

  /** The first line on the screen, and how many there are. */
  sight(): [first: number, count: number] {
    const height = this.box.clientHeight - (this.table.tHead?.offsetHeight ?? 0);
    return [Math.floor(this.box.scrollTop / LINE), Math.ceil(height / LINE) + 1];
  }

  get scrolled(): number {
    return this.box.scrollTop;
  }

  /** Keep the same lines on the screen when others came before them. */
  shift(lines: number): void {
    this.draw();
    this.box.scrollTop += lines * LINE;
    this.active += lines;
  }

  toTop(): void {
    this.box.scrollTop = 0;
    this.active = 0;
  }

  showTicks(): void {
    for (const { item, made } of this.lines.values()) if (item.kind === "run") showTicked(made, this.look.isTicked(item.row[0]));
  }

  private lineAt(index: number, taken: ReadonlyMap<string, unknown>): { key: string; made: HTMLTableRowElement } {
    const item = this.list.at(index);
    // While rows move, one may stand in two places for a moment.
    const key = taken.has(item.key) ? `${item.key} again ${index}` : item.key;
    const known = this.lines.get(key);
    if (known && same(known.item, item)) return { key, made: known.made };
    const made = line(item, this.look);
    this.lines.set(key, { item, made });
    return { key, made };
  }

  private place(made: HTMLTableRowElement, index: number): void {
    made.dataset["line"] = String(index);
    made.id = `line-${index}`;
    made.setAttribute("aria-rowindex", String(index + 2));
  }

  private showActive(): void {
    const id = `line-${this.active}`;
    for (const row of this.body.querySelectorAll(".is-active")) if (row.id !== id) row.classList.remove("is-active");
    const row = this.body.querySelector(`#${id}`);
    row?.classList.add("is-active");
    if (row) this.table.setAttribute("aria-activedescendant", id);
    else this.table.removeAttribute("aria-activedescendant");
  }

  private move(to: number): void {
    this.active = Math.max(0, Math.min(to, this.list.size - 1));
    const [, count] = this.sight();
    const top = this.active * LINE;
    const height = Math.max(1, count - 2) * LINE;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top > this.box.scrollTop + height) this.box.scrollTop = top - height;
    this.draw();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.target !== this.table) return;
    const [, count] = this.sight();
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: count - 2,
      PageUp: 2 - count,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      this.move(this.active + step);
      if (event.shiftKey) this.moves.tick(this.active, true);
    } else if (!this.act(event)) return;
    event.preventDefault();
  }

  /** What a key does to the line; false when it does nothing. */
  private act(event: KeyboardEvent): boolean {
    const item = this.list.size ? this.list.at(this.active) : null;
    const isOpen = item && "isOpen" in item && item.isOpen;
    if (event.key === " ") this.moves.tick(this.active, event.shiftKey);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) this.moves.tickAll();
    else if (event.key === "ArrowRight" && item && !isOpen && opens(item)) this.moves.toggle(this.active);
    else if (event.key === "ArrowLeft" && isOpen) this.moves.toggle(this.active);
    else if (event.key === "ArrowRight") this.box.scrollLeft += 120;
    else if (event.key === "ArrowLeft") this.box.scrollLeft -= 120;
    else if (event.key === "Enter" && item?.kind === "run") location.assign(this.look.href(item.row[0]));
    else if (event.key === "Enter" && item?.kind === "group") this.moves.toggle(this.active);
    else return false;
    return true;
  }

  private onClick(event: MouseEvent): void {
    const clicked = event.target as Element;
    const row = clicked.closest<HTMLTableRowElement>("tr[data-line]");
    if (!row || clicked.closest("a")) return;
    this.active = Number(row.dataset["line"]);
    const isBox = clicked.matches("input[type=checkbox]");
    if (clicked.closest(".fold") || row.classList.contains("group")) this.moves.toggle(this.active);
    else if (isBox || clicked.closest(".fixed-1")) this.moves.tick(this.active, event.shiftKey);
    this.showActive();
    if (!isBox) this.table.focus({ preventScroll: true });
  }
}

interface Filler extends HTMLTableSectionElement {
  fill(pixels: number): void;
}

/** What stands for the lines that do not exist. */
function filler(): Filler {
  const body = document.createElement("tbody");
  body.setAttribute("aria-hidden", "true");
  const row = body.insertRow();
  const fill = (pixels: number): void => {
    row.style.height = `${pixels}px`;
    body.hidden = pixels === 0;
  };
  fill(0);
  return Object.assign(body, { fill });
}

function same(one: Item, other: Item): boolean {
  if (one.kind === "run" && other.kind === "run")
    return one.row === other.row && one.isOpen === other.isOpen && one.depth === other.depth;
  if (one.kind === "group" && other.kind === "group") return one.group === other.group && one.isOpen === other.isOpen;
  return one.kind === other.kind && one.key === other.key;
}

function opens(item: Item): boolean {
  return item.kind === "group" || (item.kind === "run" && item.row[6] > 0);
}
