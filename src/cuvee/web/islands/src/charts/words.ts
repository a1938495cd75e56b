/** A picture in words and as a table: for who cannot see it, and for who wants the numbers. */

import { xShown, xOf } from "./curves.ts";
import { shown } from "./numbers.ts";
import type { Curves, Picture } from "./pictures.ts";

export interface Table {
  head: string[];
  rows: string[][];
}

/** Rows of a table that are written out; more would be no help. */
const MOST = 500;

/** One sentence that says what there is to see. */
export function described(picture: Picture): string {
  switch (picture.kind) {
    case "curves":
      return curvesDescribed(picture);
    case "scatter":
      return `Scatter plot of ${picture.yName} over ${picture.xName}: ${counted(picture.dots.length, "run")}.`;
    case "contour":
      return `Contour plot of ${picture.zName} over ${picture.xName} and ${picture.yName}: ${counted(picture.dots.length, "run")}.`;
    case "parallel":
      return `Parallel coordinates of ${counted(picture.lines.length, "run")} along ${picture.axes.join(", ")}.`;
    case "bars":
      return `Bar chart of ${counted(picture.groups.length, "group")}: ${picture.series.map((series) => series.label).join(", ")}.`;
  }
}

/** What is not in the picture as it was logged. */
export function noted(picture: Picture): string {
  if (picture.kind !== "curves") return "";
  const notes: string[] = [];
  if (picture.within) notes.push(`Only from ${xShown(picture, picture.within[0])} to ${xShown(picture, picture.within[1])}.`);
  const reduced = picture.curves.filter((curve) => curve.count > curve.values.length);
  if (reduced.length > 0 && !picture.within) {
    const points = Math.max(...reduced.map((curve) => Math.round(curve.count / Math.max(1, curve.values.length / 4))));
    const where = reduced.length === picture.curves.length ? "" : ` (${reduced.length} of ${picture.curves.length} curves)`;
    notes.push(`Shown: minimum and maximum of up to ${points.toLocaleString()} points per pixel${where}.`);
  }
  const odd = picture.curves.flatMap((curve) =>
    curve.odd.map((text) => (picture.curves.length > 1 ? `${curve.label}: ${text}` : text)),
  );
  if (odd.length > 0) notes.push(`No finite numbers: ${odd.slice(0, 5).join("; ")}${odd.length > 5 ? "; …" : ""}.`);
  const hidden = picture.logY
    ? picture.curves.reduce((sum, curve) => sum + curve.values.filter((v) => v !== null && v <= 0).length, 0)
    : 0;
  if (hidden > 0)
    notes.push(`${counted(hidden, "value")} of zero or less ${hidden === 1 ? "has" : "have"} no place on a logarithmic axis.`);
  if (picture.hideOutliers) notes.push("The outermost hundredth of the values at both ends is outside the picture.");
  return notes.join(" ");
}

export function tabled(picture: Picture): Table {
  switch (picture.kind) {
    case "curves":
      return curvesTabled(picture);
    case "scatter":
      return {
        head: ["Run", picture.xName, picture.yName],
        rows: picture.dots.map((dot) => [dot.label, shown(dot.x), shown(dot.y)]),
      };
    case "contour":
      return {
        head: ["Run", picture.xName, picture.yName, picture.zName],
        rows: picture.dots.map((dot) => [dot.label, shown(dot.x), shown(dot.y), shown(dot.z)]),
      };
    case "parallel":
      return { head: ["Run", ...picture.axes], rows: picture.lines.map((line) => [line.label, ...line.values.map(shown)]) };
    case "bars":
      return {
        head: ["", ...picture.series.map((series) => series.label)],
        rows: picture.groups.map((group, place) => [group, ...picture.series.map((series) => shown(series.values[place]))]),
      };
  }
}

function curvesDescribed(picture: Curves): string {
  const parts = picture.curves.slice(0, 5).map((curve) => {
    const numbers = curve.values.filter((value): value is number => value !== null);
    if (numbers.length === 0) return `${curve.label} has no finite value`;
    const [first, last] = [numbers[0], numbers[numbers.length - 1]];
    const least = numbers.reduce((one, other) => Math.min(one, other));
    const greatest = numbers.reduce((one, other) => Math.max(one, other));
    return `${curve.label} from ${shown(first)} to ${shown(last)}, least ${shown(least)}, greatest ${shown(greatest)}`;
  });
  const more = picture.curves.length > 5 ? `, and ${picture.curves.length - 5} more` : "";
  return `Line chart of ${counted(picture.curves.length, "curve")}: ${parts.join("; ")}${more}.`;
}

function curvesTabled(picture: Curves): Table {
  const rows = picture.curves.flatMap((curve) => {
    const every = Math.max(1, Math.ceil((curve.values.length * picture.curves.length) / MOST));
    return curve.values.flatMap((value, place) => {
      const isShown = place % every === 0 || place === curve.values.length - 1;
      return isShown ? [[curve.label, xShown(picture, xOf(picture, curve, place)), shown(value)]] : [];
    });
  });
  return { head: ["Curve", "At", "Value"], rows };
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString()} ${what}${count === 1 ? "" : "s"}`;
}
