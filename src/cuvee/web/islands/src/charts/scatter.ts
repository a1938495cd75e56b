/** One value against another, a dot for each run. */

import type { EChartsCoreOption } from "echarts/core";
import { grid, tip, toolbox, tooltip, valueAxis } from "./common.ts";
import { colours } from "./colours.ts";
import { shown } from "./numbers.ts";
import type { Dot, Scatter } from "./pictures.ts";

export function scatterOption(picture: Scatter): EChartsCoreOption {
  const dots = picture.dots.filter((dot) => !((picture.logX && dot.x <= 0) || (picture.logY && dot.y <= 0)));
  return {
    animation: false,
    grid: grid(),
    toolbox: toolbox(),
    tooltip: { ...tooltip("item"), formatter: (hovered: { dataIndex: number }) => hint(picture, dots[hovered.dataIndex]) },
    xAxis: valueAxis(picture.xName, picture.logX),
    yAxis: valueAxis(picture.yName, picture.logY, { nameGap: 44 }),
    series: [
      {
        type: "scatter",
        symbolSize: 11,
        itemStyle: { color: colours().lines[0], opacity: 0.8 },
        data: dots.map((dot) => ({ name: dot.label, value: [dot.x, dot.y], href: dot.href })),
      },
    ],
  };
}

function hint(picture: Scatter, dot: Dot | undefined): HTMLElement {
  if (!dot) return tip([]);
  return tip(
    [
      [picture.xName, shown(dot.x)],
      [picture.yName, shown(dot.y)],
    ],
    dot.label,
  );
}
