/** Bars: the same value of several runs beside each other. */

import type { EChartsCoreOption } from "echarts/core";
import { grid, legend, tip, toolbox, tooltip, unique, valueAxis } from "./common.ts";
import { colours } from "./colours.ts";
import { shown } from "./numbers.ts";
import type { Bars } from "./pictures.ts";

export function barsOption(picture: Bars): EChartsCoreOption {
  const { lines, faint } = colours();
  const names = unique(picture.series.map((series) => series.label));
  return {
    animation: false,
    grid: grid(Boolean(picture.yName)),
    legend: legend(names),
    toolbox: toolbox(false),
    tooltip: {
      ...tooltip("axis"),
      formatter: (hovered: { seriesName: string; name: string; value: number | null }[]) => hint(hovered),
    },
    xAxis: {
      type: "category",
      data: picture.groups,
      axisLabel: { color: faint, hideOverlap: true, width: 120, overflow: "truncate" },
    },
    yAxis: valueAxis(picture.yName ?? "", picture.logY ?? false, { scale: false, nameGap: 44 }),
    series: picture.series.map((series, place) => ({
      type: "bar",
      name: names[place],
      data: series.values.map((value) => (value !== null && picture.logY && value <= 0 ? null : value)),
      barMaxWidth: 42,
      itemStyle: { color: lines[place % lines.length] },
    })),
  };
}

function hint(hovered: { seriesName: string; name: string; value: number | null }[]): HTMLElement {
  return tip(
    hovered.slice(0, 20).map((each): [string, string] => [each.seriesName, shown(each.value)]),
    hovered[0]?.name ?? "",
  );
}
