/** Curves and spark lines that templates ask for; see charts/mounted.ts and charts/sparks.ts. Islands draw with charts/chart.ts. */

import { mountCurves } from "./charts/mounted.ts";
import { mountScatter } from "./charts/scattered.ts";
import { mountSparks } from "./charts/sparks.ts";

function mount(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-chart="curves"]')) mountCurves(element);
  for (const element of root.querySelectorAll<HTMLElement>('[data-chart="scatter"]')) mountScatter(element);
  mountSparks(root);
}

mount(document);
document.addEventListener("htmx:afterSwap", () => mountSparks(document));
document.addEventListener("htmx:load", (event) => mount((event.target as HTMLElement).parentElement ?? document));
