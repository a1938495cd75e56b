/** The runs table: ten thousand rows that scroll. What it shows stands in the address. */

import { announce } from "./page/announce.ts";
import * as address from "./runs/address.ts";
import { Columns } from "./runs/columns.ts";
import { Filter } from "./runs/filter.ts";
import { counted } from "./runs/format.ts";
import { Grid } from "./runs/grid.ts";
import { List } from "./runs/list.ts";
import type { Config } from "./runs/model.ts";
import { Refused, Source } from "./runs/source.ts";
import { Ticks } from "./runs/ticks.ts";

/** Rows that are asked for again around what is seen when something changed. */
const AGAIN = 150;

class Runs {
  private readonly root: HTMLElement;
  private readonly config: Config;
  private readonly table: HTMLTableElement;
  private readonly source: Source;
  private readonly list: List;
  private readonly columns: Columns;
  private readonly filter: Filter;
  private readonly ticks: Ticks;
  private readonly grid: Grid;
  private state = address.read();
  private lastTicked: number | null = null;
  /** Counts what the reader asked for, so that an answer to an earlier question is passed over. */
  private asked = 0;
  private refreshing = false;
  private isStale = false;

  constructor(root: HTMLElement, box: HTMLElement) {
    this.root = root;
    this.config = JSON.parse(root.dataset["config"] ?? "{}") as Config;
    this.table = box.querySelector("table") as HTMLTableElement;
    this.source = new Source(this.config.path);
    this.list = new List(this.source);
    this.columns = new Columns(this.config, () => this.onColumns());
    this.filter = new Filter(
      () => this.columns.offered,
      (text, isFinal) => void this.onFilter(text, isFinal),
    );
    this.ticks = new Ticks(() => this.grid?.showTicks());
    this.grid = new Grid(
      box,
      this.list,
      {
        columns: [],
        href: (id) => `${this.config.path}/runs/${id}`,
        isTicked: (id) => this.ticks.has(id),
        by: "",
        empty: "",
      },
      {
        seen: (first, last) => void this.onSeen(first, last),
        toggle: (index) => void this.onToggle(index),
        tick: (index, isRange) => this.onTick(index, isRange),
        tickAll: () => void this.tickAll(),
      },
    );
    this.source.take(this.config.window);
    this.list.groups = this.state.group ? this.config.groups : null;
    this.listen();
    this.apply();
    const first = this.config.window.offset;
    if (first) box.scrollTop = first * (this.table.tBodies[1]?.rows[0]?.offsetHeight ?? 0);
    this.grid.redraw();
  }

  private listen(): void {
    const form = document.querySelector<HTMLFormElement>("#runs-form");
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.filter.apply();
    });
    for (const name of ["show", "group", "by"] as const) {
      document.querySelector<HTMLSelectElement>(`#${name}`)?.addEventListener("change", (event) => {
        void this.change({ [name]: (event.target as HTMLSelectElement).value }, "push");
      });
    }
    this.table.tHead?.addEventListener("click", (event) => this.onHead(event));
    document.querySelector("#runs-pager")?.remove();
    this.root.addEventListener("live", () => void this.refresh());
    addEventListener("popstate", () => void this.reload(address.read()));
  }

  /** Have everything that hangs on the state follow it. */
  private apply(): void {
    const { state } = this;
    this.source.query = address.query({ ...state, columns: this.columns.shown.map((column) => column.name).join(",") });
    const look = this.grid.look;
    look.columns = this.columns.shown;
    look.by = state.by;
    look.empty =
      this.config.isRefused && this.asked === 0
        ? "The filter cannot be read."
        : state.filter.trim()
          ? "No run fits this filter."
          : state.show === "deleted"
            ? "No run is deleted."
            : "No runs.";
    this.columns.head(this.table, state.sort);
    this.ticks.offer(state.show, address.suffix(address.query(state)));
    for (const name of ["show", "group", "by"] as const) {
      const select = document.querySelector<HTMLSelectElement>(`#${name}`);
      if (select) select.value = state[name];
    }
    const by = document.querySelector<HTMLElement>("#by");
    if (by) by.hidden = !state.group;
    const download = document.querySelector<HTMLAnchorElement>("#download");
    if (download) download.href = `${this.config.path}/-/runs.csv${address.suffix(address.query(state, ["filter", "show"]))}`;
    const all = document.querySelector<HTMLInputElement>("#tick-all");
    if (all) all.disabled = false;
    this.count();
  }

  private count(): void {
    const said = document.querySelector("#runs-count");
    if (!said) return;
    if (this.config.isRefused && this.asked === 0) return;
    const what = this.list.groups
      ? `${counted(this.list.groups.length, "group", "groups")} by ${this.state.group}`
      : counted(this.source.total, "run", "runs");
    const more = this.source.folded ? `, ${this.source.folded.toLocaleString("en")} more under them` : "";
    const text = this.list.groups ? what : what + (this.state.filter.trim() ? " fit the filter" : more);
    if (said.textContent !== text) said.textContent = text;
  }

  /** Show other runs, or the same ones differently; false when the server refuses that. */
  private async change(changes: Partial<address.State>, how: "push" | "replace", isFinal = true): Promise<boolean> {
    return this.reload({ ...this.state, ...changes }, how, isFinal);
  }

  private async reload(state: address.State, how?: "push" | "replace", isFinal = true): Promise<boolean> {
    const asked = ++this.asked;
    this.root.setAttribute("aria-busy", "true");
    const before = this.source.query;
    if (!how) this.columns.read(state.columns);
    this.source.query = address.query({ ...state, columns: this.columns.shown.map((column) => column.name).join(",") });
    try {
      const groups = state.group ? await this.source.groups() : null;
      const window = groups ? { total: 0, folded: 0, offset: 0, rows: [] } : await this.source.window(0, 100);
      if (asked !== this.asked) return false;
      this.filter.tell(null, true);
      this.state = state;
      if (how) address.write(state, how);
      else this.filter.set(state.filter);
      this.source.clear();
      this.source.take(window);
      this.list.close();
      this.list.groups = groups;
      this.lastTicked = null;
      this.apply();
      this.grid.toTop();
      this.grid.redraw();
      return true;
    } catch (error) {
      if (asked !== this.asked) return false;
      this.source.query = before;
      if (!(error instanceof Refused)) throw error;
      this.filter.tell(error.refusal, isFinal);
      return false;
    } finally {
      if (asked === this.asked) this.root.removeAttribute("aria-busy");
    }
  }

  private async onFilter(text: string, isFinal: boolean): Promise<void> {
    if (text.trim() === this.state.filter.trim()) return this.filter.tell(null, true);
    await this.change({ filter: text.trim() }, isFinal ? "push" : "replace", isFinal);
  }

  private onColumns(): void {
    this.state = { ...this.state, columns: this.columns.written };
    address.write(this.state, "replace");
    this.apply();
    this.source.clear();
    void this.reload(this.state, "replace");
  }

  private onHead(event: Event): void {
    const clicked = event.target as Element;
    if (clicked.matches("#tick-all")) return void this.tickAll();
    const name = clicked.closest<HTMLElement>("th[data-column]")?.dataset["column"];
    if (!name || !clicked.closest(".runs-sort")) return;
    event.preventDefault();
    void this.change({ sort: this.state.sort === `-${name}` ? name : `-${name}` }, "push");
  }

  private async onSeen(first: number, last: number): Promise<void> {
    if (this.list.groups) return;
    const places: [number, number] = [this.list.placeOf(first), this.list.placeOf(Math.max(first, last - 1))];
    try {
      if (await this.source.ensure(...places)) this.grid.later();
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
      announce("The runs could not be fetched. Scroll to try again.");
    }
  }

  private async onToggle(index: number): Promise<void> {
    await this.list.toggle(index);
    this.grid.draw();
  }

  private onTick(index: number, isRange: boolean): void {
    const item = this.list.at(index);
    if (item.kind !== "run") return;
    const isTicked = isRange && this.lastTicked !== null ? true : !this.ticks.has(item.row[0]);
    const from = isRange && this.lastTicked !== null ? this.lastTicked : index;
    const ids: string[] = [];
    for (let line = Math.min(from, index); line <= Math.max(from, index); line += 1) {
      const each = this.list.at(line);
      if (each.kind === "run") ids.push(each.row[0]);
    }
    this.lastTicked = index;
    this.ticks.set(ids, isTicked);
  }

  /** Tick everything that fits, or nothing when that is ticked. */
  private async tickAll(): Promise<void> {
    const box = document.querySelector<HTMLInputElement>("#tick-all");
    const isTicked = this.ticks.size === 0;
    if (isTicked) this.ticks.set(await this.source.ids(), true);
    else this.ticks.clear();
    if (box) box.checked = isTicked;
    announce(isTicked ? `${counted(this.ticks.size, "run", "runs")} selected` : "No run selected");
  }

  /** Something was logged: fetch again what is seen, and keep it where it is. */
  private async refresh(): Promise<void> {
    if (this.refreshing) {
      this.isStale = true;
      return;
    }
    this.refreshing = true;
    try {
      await (this.list.groups ? this.refreshGroups() : this.refreshRows());
    } catch (error) {
      // The server is away: the page says so, and asks again when it is back.
      if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
    } finally {
      this.refreshing = false;
      if (this.isStale) {
        this.isStale = false;
        void this.refresh();
      }
    }
  }

  private async refreshGroups(): Promise<void> {
    const asked = this.asked;
    const groups = await this.source.groups();
    if (asked !== this.asked) return;
    this.list.close();
    this.list.groups = groups;
    this.count();
    this.grid.redraw();
  }

  private async refreshRows(): Promise<void> {
    const asked = this.asked;
    const isAtTop = this.grid.scrolled < 8;
    const place = this.list.placeOf(this.grid.sight()[0]);
    const anchor = isAtTop ? undefined : this.source.rows.get(place)?.[0];
    let window = await this.source.window(Math.max(0, place - AGAIN), 2 * AGAIN);
    const grown = window.total - this.source.total;
    let found = window.rows.findIndex((row) => row[0] === anchor);
    if (anchor && found < 0 && grown > 0) {
      window = await this.source.window(Math.max(0, place + grown - AGAIN), 2 * AGAIN);
      found = window.rows.findIndex((row) => row[0] === anchor);
    }
    if (asked !== this.asked) return;
    const before = this.list.lineOf(place);
    this.source.clear();
    this.source.take(window);
    this.list.follow();
    this.count();
    if (anchor && found >= 0) this.grid.shift(this.list.lineOf(window.offset + found) - before);
    this.grid.draw();
  }
}

const root = document.querySelector<HTMLElement>("#runs");
const box = document.querySelector<HTMLElement>("#runs-box");
// What the server rendered is painted first: the table can be read before it can be worked with.
if (root && box) requestAnimationFrame(() => setTimeout(() => new Runs(root, box)));
// The first run of an empty experiment brings the table with it.
else root?.addEventListener("live", () => void first(root));

async function first(empty: HTMLElement): Promise<void> {
  const source = new Source((JSON.parse(empty.dataset["config"] ?? "{}") as Config).path);
  if ((await source.window(0, 1)).total > 0) location.reload();
}
