/** A scatter whose dots stand in the template: `<figure class="chart" data-chart="scatter" data-dots='[{label, href, x, y}]' data-across data-up>`. */

import { Chart } from "./chart.ts";
import type { Dot } from "./pictures.ts";

export function mountScatter(element: HTMLElement): void {
  if (element.dataset["mounted"]) return;
  element.dataset["mounted"] = "true";
  const dots = JSON.parse(element.dataset["dots"] ?? "[]") as Dot[];
  const names = { xName: element.dataset["across"] ?? "", yName: element.dataset["up"] ?? "" };
  void new Chart(element).show({ kind: "scatter", dots, ...names });
}
