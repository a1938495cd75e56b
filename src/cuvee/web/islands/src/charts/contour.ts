/** A third value as colour over two others: known at the dots, guessed between them by the distance to each. */

import type { EChartsCoreOption } from "echarts/core";
import { grid, tip, tooltip, valueAxis } from "./common.ts";
import { colours } from "./colours.ts";
import { shown } from "./numbers.ts";
import type { Contour } from "./pictures.ts";

const CELLS = 36;

interface Drawing {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
}

export function contourOption(picture: Contour): EChartsCoreOption {
  const { dots } = picture;
  const { text } = colours();
  const zs = dots.map((dot) => dot.z);
  const xs = extent(dots.map((dot) => dot.x));
  const ys = extent(dots.map((dot) => dot.y));
  return {
    animation: false,
    grid: { ...grid(true, 16), right: 84 },
    tooltip: {
      ...tooltip("item"),
      formatter: (hovered: { seriesType: string; dataIndex: number; value: number[] }) => hint(picture, hovered),
    },
    xAxis: axis(picture.xName, xs, 28),
    yAxis: axis(picture.yName, ys, 44),
    visualMap: {
      type: "continuous",
      dimension: 2,
      min: Math.min(...zs),
      max: Math.max(...zs),
      inRange: { color: colours().scale },
      text: [picture.zName, ""],
      textStyle: { color: text, width: 80, overflow: "truncate" },
      formatter: (value: number) => shown(value),
      right: 0,
      top: "middle",
    },
    series: [
      {
        type: "custom",
        renderItem: (_: unknown, api: Drawing) => cell(api, xs, ys),
        data: field(picture, xs, ys),
        silent: true,
        clip: true,
      },
      {
        type: "scatter",
        symbolSize: 10,
        data: dots.map((dot) => [dot.x, dot.y, dot.z]),
        itemStyle: { borderColor: text, borderWidth: 1 },
      },
    ],
  };
}

/** The ends are no round numbers: only what is between them is labelled. */
function axis(name: string, [min, max]: [number, number], nameGap: number): object {
  const labels = {
    color: colours().faint,
    hideOverlap: true,
    showMinLabel: false,
    showMaxLabel: false,
    formatter: (value: number) => shown(value),
  };
  return valueAxis(name, false, { nameGap, min, max, axisLabel: labels });
}

function extent(values: number[]): [number, number] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const edge = (greatest - least) * 0.05 || Math.abs(least) * 0.05 || 1;
  return [least - edge, greatest + edge];
}

function field(picture: Contour, xs: [number, number], ys: [number, number]): [number, number, number][] {
  const cells: [number, number, number][] = [];
  for (let row = 0; row < CELLS; row++) {
    for (let column = 0; column < CELLS; column++) {
      const u = (column + 0.5) / CELLS;
      const v = (row + 0.5) / CELLS;
      cells.push([xs[0] + u * (xs[1] - xs[0]), ys[0] + v * (ys[1] - ys[0]), guess(picture, xs, ys, u, v)]);
    }
  }
  return cells;
}

function guess(picture: Contour, xs: [number, number], ys: [number, number], u: number, v: number): number {
  let sum = 0;
  let weights = 0;
  for (const dot of picture.dots) {
    const du = (dot.x - xs[0]) / (xs[1] - xs[0]) - u;
    const dv = (dot.y - ys[0]) / (ys[1] - ys[0]) - v;
    const weight = 1 / (du * du + dv * dv + 1e-6) ** 1.5;
    sum += weight * dot.z;
    weights += weight;
  }
  return sum / weights;
}

function cell(api: Drawing, xs: [number, number], ys: [number, number]): object {
  const half = [(xs[1] - xs[0]) / CELLS / 2, (ys[1] - ys[0]) / CELLS / 2] as const;
  const [left, top] = api.coord([api.value(0) - half[0], api.value(1) + half[1]]);
  const [right, bottom] = api.coord([api.value(0) + half[0], api.value(1) - half[1]]);
  const fill = (api as unknown as { visual(name: string): string }).visual("color");
  return { type: "rect", shape: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }, style: { fill } };
}

function hint(picture: Contour, hovered: { seriesType: string; dataIndex: number }): HTMLElement {
  const dot = picture.dots[hovered.dataIndex];
  if (hovered.seriesType !== "scatter" || !dot) return tip([]);
  return tip(
    [
      [picture.xName, shown(dot.x)],
      [picture.yName, shown(dot.y)],
      [picture.zName, shown(dot.z)],
    ],
    dot.label,
  );
}
