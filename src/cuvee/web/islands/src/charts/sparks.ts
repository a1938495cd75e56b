/**
 * Spark lines in a table: `<td data-spark="loss">` below an element with `data-sparks="…/-/curves"`.
 * Only those that are seen are fetched, several in one request.
 */

import { asked } from "./asked.ts";
import type { Curve } from "./pictures.ts";

const WIDTH = 96;
const HEIGHT = 24;
/** Metrics in one request: their names stand in its address. */
const MOST = 20;
const SVG = "http://www.w3.org/2000/svg";

/** What was drawn last, by table and metric: a row that a live part brings anew has its line at once. */
const drawn = new Map<string, Curve>();
const MOST_DRAWN = 1000;
const seen = new Map<HTMLElement, Set<HTMLElement>>();
let waiting = false;

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    observer.unobserve(target);
    const cell = target as HTMLElement;
    const table = cell.closest<HTMLElement>("[data-sparks]");
    if (table) seen.set(table, (seen.get(table) ?? new Set()).add(cell));
  }
  if (seen.size > 0 && !waiting) {
    waiting = true;
    setTimeout(() => void fetchSeen(), 60);
  }
});

export function mountSparks(root: ParentNode): void {
  for (const cell of root.querySelectorAll<HTMLElement>("[data-spark]")) {
    if (cell.firstChild) continue;
    const last = drawn.get(nameOf(cell));
    if (last) draw(cell, last);
    observer.observe(cell);
  }
}

async function fetchSeen(): Promise<void> {
  waiting = false;
  const batches = [...seen].flatMap(([table, cells]) => chunks([...cells]).map((some) => [table, some] as const));
  seen.clear();
  for (const [table, cells] of batches) {
    const keys = cells.map((cell) => cell.dataset["spark"] ?? "");
    const query = new URLSearchParams(keys.map((key) => ["key", key]));
    try {
      const curves = await asked(`${table.dataset["sparks"]}?${query}`, WIDTH / 2, false);
      const byName = new Map(curves.map((curve) => [curve.label, curve]));
      for (const cell of cells) keep(cell, byName.get(cell.dataset["spark"] ?? ""));
    } catch {
      // A page without spark lines is a page all the same; the next change asks again.
    }
  }
}

function keep(cell: HTMLElement, curve: Curve | undefined): void {
  if (!curve) return;
  if (drawn.size > MOST_DRAWN) drawn.clear();
  drawn.set(nameOf(cell), curve);
  draw(cell, curve);
}

function nameOf(cell: HTMLElement): string {
  return `${cell.closest<HTMLElement>("[data-sparks]")?.dataset["sparks"]} ${cell.dataset["spark"]}`;
}

function chunks<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / MOST) }, (_, place) => all.slice(place * MOST, (place + 1) * MOST));
}

function draw(cell: HTMLElement, curve: Curve): void {
  const points = curve.values.flatMap((value, place) => (value === null ? [] : [[curve.steps[place] ?? 0, value] as const]));
  if (points.length < 2) return;
  const xs = points.map(([x]) => x);
  const isFlat = xs[0] === xs[xs.length - 1];
  const at = (place: number, x: number): number =>
    isFlat ? place / (points.length - 1) : (x - (xs[0] ?? 0)) / ((xs[xs.length - 1] ?? 1) - (xs[0] ?? 0));
  const ys = points.map(([, y]) => y);
  const [least, greatest] = [Math.min(...ys), Math.max(...ys)];
  const d = points.map(([x, y], place) => {
    const up = greatest === least ? 0.5 : (y - least) / (greatest - least);
    return `${place === 0 ? "M" : "L"}${(1 + at(place, x) * (WIDTH - 2)).toFixed(1)} ${(2 + (1 - up) * (HEIGHT - 4)).toFixed(1)}`;
  });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d.join(""));
  svg.append(path);
  cell.replaceChildren(svg);
}
