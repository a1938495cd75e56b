/** Parallel coordinates: an axis for each parameter or metric, a line for each run. */

import type { EChartsCoreOption } from "echarts/core";
import { tip, tooltip } from "./common.ts";
import { colours } from "./colours.ts";
import { shown } from "./numbers.ts";
import type { Parallel } from "./pictures.ts";

const CLOSEST = 60;

export function parallelOption(picture: Parallel, width: number): EChartsCoreOption {
  const { text, faint, grid } = colours();
  const texts = picture.axes.map((_, axis) => picture.lines.some((line) => typeof line.values[axis] === "string"));
  const colourBy = picture.colourBy ?? picture.axes.length - 1;
  const isNarrow = width / Math.max(1, picture.axes.length) < CLOSEST * 2;
  return {
    animation: false,
    parallel: { left: 60, right: isNarrow ? 60 : 90, top: isNarrow ? 90 : 48, bottom: 24 },
    tooltip: { ...tooltip("item"), formatter: (hovered: { dataIndex: number }) => hint(picture, hovered.dataIndex) },
    visualMap: colouring(picture, texts, colourBy),
    parallelAxis: picture.axes.map((name, axis) => ({
      dim: axis,
      name,
      nameRotate: isNarrow ? 30 : 0,
      nameTextStyle: { color: text, width: 140, overflow: "truncate" },
      nameTruncate: { maxWidth: isNarrow ? 110 : 150 },
      type: texts[axis] ? "category" : "value",
      scale: true,
      ...(texts[axis] ? { data: [...new Set(picture.lines.map((line) => shown(line.values[axis])))] } : {}),
      axisLine: { lineStyle: { color: faint } },
      axisTick: { lineStyle: { color: grid } },
      axisLabel: { color: faint, width: 90, overflow: "truncate", formatter: (value: number | string) => shown(value) },
    })),
    series: [
      {
        type: "parallel",
        lineStyle: { width: 1.75, opacity: 0.75, color: colours().lines[0] },
        data: picture.lines.map((line) => ({
          name: line.label,
          href: line.href,
          value: line.values.map((value, axis) => (texts[axis] ? shown(value) : (value ?? "-"))),
        })),
      },
    ],
  };
}

function colouring(picture: Parallel, texts: boolean[], colourBy: number): object | undefined {
  const values = picture.lines.map((line) => line.values[colourBy]).filter((value): value is number => typeof value === "number");
  if (texts[colourBy] || values.length < 2) return undefined;
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return min === max
    ? undefined
    : { type: "continuous", show: false, dimension: colourBy, min, max, inRange: { color: colours().scale } };
}

function hint(picture: Parallel, place: number): HTMLElement {
  const line = picture.lines[place];
  if (!line) return tip([]);
  return tip(
    picture.axes.map((name, axis): [string, string] => [name, shown(line.values[axis])]),
    line.label,
  );
}
