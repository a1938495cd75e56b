/** From a picture to what ECharts is told. */

import type { EChartsCoreOption } from "echarts/core";
import { barsOption } from "./bars.ts";
import { contourOption } from "./contour.ts";
import { curvesOption } from "./curves.ts";
import { parallelOption } from "./parallel.ts";
import type { Picture } from "./pictures.ts";
import { scatterOption } from "./scatter.ts";

export function optionOf(picture: Picture, width: number): EChartsCoreOption {
  switch (picture.kind) {
    case "curves":
      return curvesOption(picture);
    case "scatter":
      return scatterOption(picture);
    case "parallel":
      return parallelOption(picture, width);
    case "contour":
      return contourOption(picture);
    case "bars":
      return barsOption(picture);
  }
}
