/** What other pictures than curves need besides; loaded with the first of them. */

import { BarChart, CustomChart, ParallelChart, ScatterChart } from "echarts/charts";
import { ParallelComponent, VisualMapContinuousComponent } from "echarts/components";
import { use } from "echarts/core";

use([BarChart, CustomChart, ParallelChart, ParallelComponent, ScatterChart, VisualMapContinuousComponent]);
