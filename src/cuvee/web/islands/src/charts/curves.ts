/** Curves: raw points, or the smoothed line with the raw points faint behind it. */

import type { EChartsCoreOption } from "echarts/core";
import { grid, legend, tip, toolbox, tooltip, unique, valueAxis } from "./common.ts";
import { colours } from "./colours.ts";
import { moment, passed, quantile, shown, smoothed } from "./numbers.ts";
import type { Curve, Curves } from "./pictures.ts";

type Pair = [number, number | null];
const NAMES = { step: "Step", time: "Time", relative: "Time since the start" };
/** Points of a curve up to which each is marked. */
const MARKED = 40;

export function curvesOption(picture: Curves): EChartsCoreOption {
  const { lines } = colours();
  const names = unique(picture.curves.map((curve) => curve.label));
  const weight = picture.smoothing ?? 0;
  const series = picture.curves.flatMap((curve, place) => {
    const colour = lines[place % lines.length];
    const name = names[place];
    const raw = line(name, colour, pairs(picture, curve, curve.values));
    if (weight <= 0) return [raw];
    const smooth = line(name, colour, pairs(picture, curve, smoothed(curve.values, weight)));
    return [
      { ...raw, id: `raw-${place}`, silent: true, lineStyle: { color: colour, width: 1, opacity: 0.25 }, showSymbol: false },
      smooth,
    ];
  });
  return {
    animation: false,
    grid: grid(Boolean(picture.yName)),
    legend: legend(names),
    toolbox: toolbox(),
    tooltip: { ...tooltip("axis"), formatter: (hovered: Hovered[]) => hint(picture, hovered) },
    dataZoom: [
      { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseMove: "shift", moveOnMouseWheel: false, filterMode: "none" },
    ],
    xAxis: { ...xAxis(picture), splitLine: { show: false } },
    yAxis: {
      ...valueAxis(picture.yName ?? "", picture.logY ?? false, { nameGap: 44 }),
      ...(picture.hideOutliers ? inner(picture) : {}),
    },
    series,
  };
}

/** The curve as points of the picture; a logarithm leaves out what has none. */
export function pairs(picture: Curves, curve: Curve, values: (number | null)[]): Pair[] {
  return values.flatMap((value, place): Pair[] => {
    const x = xOf(picture, curve, place);
    if (picture.logX && x <= 0) return [];
    return [[x, value !== null && picture.logY && value <= 0 ? null : value]];
  });
}

export function xOf(picture: Curves, curve: Curve, place: number): number {
  if (picture.x === "step") return curve.steps[place] ?? 0;
  const time = curve.times[place] ?? 0;
  return picture.x === "time" ? time : (time - curve.start) / 1000;
}

export function xShown(picture: Curves, x: number): string {
  return picture.x === "step" ? `Step ${Math.round(x)}` : picture.x === "time" ? moment(x) : passed(x);
}

function line(name: string | undefined, colour: string | undefined, data: Pair[]): object {
  return {
    type: "line",
    name,
    data,
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 1.75 },
    showSymbol: data.length <= MARKED,
    symbolSize: 5,
    connectNulls: false,
    emphasis: { disabled: true },
  };
}

function xAxis(picture: Curves): object {
  const ends = picture.within ? { min: picture.within[0], max: picture.within[1] } : {};
  const axis = valueAxis(NAMES[picture.x], picture.logX ?? false, ends);
  if (picture.x === "time") return { ...axis, type: "time", axisLabel: { color: colours().faint, hideOverlap: true } };
  const format = picture.x === "relative" ? passed : shown;
  return { ...axis, axisLabel: { color: colours().faint, hideOverlap: true, formatter: (value: number) => format(value) } };
}

/** The axis from the first hundredth of the values to the last. */
function inner(picture: Curves): object {
  const all = picture.curves.flatMap((curve) => curve.values.filter((value): value is number => value !== null));
  return all.length > 2 ? { min: quantile(all, 0.01), max: quantile(all, 0.99) } : {};
}

interface Hovered {
  seriesName: string;
  seriesId: string;
  value: Pair;
}

function hint(picture: Curves, hovered: Hovered[]): HTMLElement {
  const seen = hovered.filter((each) => !each.seriesId.startsWith("raw-"));
  const some = seen.slice(0, 20).map((each): [string, string] => [each.seriesName, shown(each.value[1])]);
  const head = seen[0] ? xShown(picture, seen[0].value[0]) : "";
  return tip(seen.length > 20 ? [...some, [`and ${seen.length - 20} more`, ""]] : some, head);
}
