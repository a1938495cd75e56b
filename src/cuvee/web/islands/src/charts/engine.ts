/** ECharts, what curves need of it. A chunk of its own: pages without a chart do not load it. */

import { LineChart } from "echarts/charts";
import {
  DataZoomInsideComponent,
  GridComponent,
  LegendScrollComponent,
  ToolboxComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  CanvasRenderer,
  DataZoomInsideComponent,
  GridComponent,
  LegendScrollComponent,
  LineChart,
  ToolboxComponent,
  TooltipComponent,
]);

export { init };
