/** The table from its first line to its last: rows by their place, and under some of them what was opened. */

import type { Group, Row } from "./model.ts";
import type { Source } from "./source.ts";

/** Runs that are fetched under one parent or group. */
const MOST_UNDER = 500;

export type Item =
  | { kind: "run"; key: string; row: Row; depth: number; isOpen: boolean }
  | { kind: "group"; key: string; group: Group; isOpen: boolean }
  | { kind: "more"; key: string; count: number; depth: number }
  | { kind: "wait"; key: string };

interface Under {
  /** The place of the row it is under. */
  place: number;
  key: string;
  items: Item[];
}

export class List {
  groups: Group[] | null = null;
  private opened: Under[] = [];
  private readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }

  /** Places without what is opened. */
  get places(): number {
    return this.groups ? this.groups.length : this.source.total;
  }

  get size(): number {
    return this.places + this.opened.reduce((sum, under) => sum + under.items.length, 0);
  }

  /** The line `index`. */
  at(index: number): Item {
    const { place, under, within } = this.find(index);
    return (under && within >= 0 && under.items[within]) || this.itemAt(place);
  }

  /** The place of the line's row, or of the row that it is under. */
  placeOf(index: number): number {
    return this.find(index).place;
  }

  /** The line on which a place stands. */
  lineOf(place: number): number {
    return place + this.opened.reduce((sum, under) => sum + (under.place < place ? under.items.length : 0), 0);
  }

  /** Open or close what is under a line; resolves when it is shown. */
  async toggle(index: number): Promise<void> {
    const item = this.at(index);
    if (item.kind === "wait" || item.kind === "more") return;
    const { place, under, within } = this.find(index);
    if (under && within >= 0) return this.toggleWithin(under, within);
    const known = this.opened.findIndex((each) => each.place === place);
    if (known >= 0) {
      this.opened.splice(known, 1);
      return;
    }
    const items = await this.below(item, 1);
    if (!this.opened.some((each) => each.key === item.key)) {
      this.opened.push({ place, key: item.key, items });
      this.opened.sort((one, other) => one.place - other.place);
    }
  }

  /** Close everything. */
  close(): void {
    this.opened = [];
  }

  /** Rows moved: what is open moves with its row, or closes when that is not there any more. */
  follow(): void {
    const places = new Map<string, number>();
    for (const [place, row] of this.source.rows) places.set(row[0], place);
    this.opened = this.opened.flatMap((under) => {
      const place = this.groups ? under.place : places.get(under.key);
      return place === undefined ? [] : [{ ...under, place }];
    });
    this.opened.sort((one, other) => one.place - other.place);
  }

  private itemAt(place: number): Item {
    const group = this.groups?.[place];
    if (group) return { kind: "group", key: `group ${place}`, group, isOpen: this.isOpen(place) };
    const row = this.groups ? undefined : this.source.rows.get(place);
    return row ? { kind: "run", key: row[0], row, depth: 0, isOpen: this.isOpen(place) } : { kind: "wait", key: `wait ${place}` };
  }

  private isOpen(place: number): boolean {
    return this.opened.some((under) => under.place === place);
  }

  private find(index: number): { place: number; under: Under | null; within: number } {
    let before = 0;
    for (const under of this.opened) {
      const first = under.place + before + 1;
      if (index < first) break;
      if (index < first + under.items.length) return { place: under.place, under, within: index - first };
      before += under.items.length;
    }
    return { place: index - before, under: null, within: -1 };
  }

  private async toggleWithin(under: Under, within: number): Promise<void> {
    const item = under.items[within];
    if (item?.kind !== "run") return;
    if (!item.isOpen) {
      const below = await this.below(item, item.depth + 1);
      const place = under.items.indexOf(item);
      if (place >= 0) under.items.splice(place, 1, { ...item, isOpen: true }, ...below);
      return;
    }
    let end = within + 1;
    while (end < under.items.length && depthOf(under.items[end]) > item.depth) end += 1;
    under.items.splice(within, end - within, { ...item, isOpen: false });
  }

  private async below(item: Item, depth: number): Promise<Item[]> {
    if (item.kind !== "run" && item.kind !== "group") return [];
    const found = await this.source.window(
      0,
      MOST_UNDER,
      undefined,
      item.kind === "run" ? { parent: item.row[0] } : valueOf(item.group),
    );
    const items: Item[] = found.rows.map((row) => ({ kind: "run", key: `${item.key}/${row[0]}`, row, depth, isOpen: false }));
    const more = found.total - found.rows.length;
    if (more > 0) items.push({ kind: "more", key: `${item.key}/more`, count: more, depth });
    return items;
  }
}

function depthOf(item: Item | undefined): number {
  return item && "depth" in item ? item.depth : -1;
}

function valueOf(group: Group): Record<string, string> {
  return group[0] === null ? {} : { value: group[0] };
}
