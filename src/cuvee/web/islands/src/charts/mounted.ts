/**
 * Curves that a template asks for:
 *
 *     <figure class="chart" data-chart="curves" data-src="…/-/curves?key=loss" data-settings="#settings"></figure>
 *
 * The settings are a form with fields `x`, `smoothing`, `log_x`, `log_y`, `outliers`; what is chosen stands in the address.
 * With `data-live` beside it, the curves are fetched again when the topic changes.
 */

import { asked } from "./asked.ts";
import { Chart } from "./chart.ts";
import type { Curve, Curves } from "./pictures.ts";

/** Milliseconds between two fetches while a run is logging. */
const PAUSE = 1000;
/** Milliseconds after which a part that was chosen is fetched. */
const ZOOM_PAUSE = 200;

export function mountCurves(element: HTMLElement): void {
  if (element.dataset["mounted"]) return;
  element.dataset["mounted"] = "true";
  const chart = new Chart(element);
  const form = document.querySelector<HTMLFormElement>(element.dataset["settings"] ?? "none");
  let curves: Curve[] = [];
  let timed: boolean | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let within: [number, number] | undefined;
  let zooming: ReturnType<typeof setTimeout> | undefined;

  const draw = async (isNew: boolean): Promise<void> => {
    try {
      const settings = settingsOf(form);
      const byTime = settings.x !== "step";
      if (isNew || timed !== byTime) {
        if (timed !== undefined && timed !== byTime) within = undefined;
        curves = await asked(element.dataset["src"] ?? "", chart.width, byTime, rangeOf(settings.x, within, curves));
      }
      timed = byTime;
      if (settings.isAutomatic && curves.length > 0 && curves.every(hasOneStep)) settings.x = "relative";
      await chart.show({ kind: "curves", curves, ...settings, within, yName: element.dataset["name"] ?? "" });
    } catch (error) {
      chart.fail(error instanceof Error ? error.message : "The curves could not be drawn.");
    }
  };

  form?.addEventListener("input", (event) => {
    remember(form);
    // The same part is another one along another axis.
    const isAxis = (event.target as HTMLInputElement).name === "x" && within !== undefined;
    if (isAxis) within = undefined;
    void draw(isAxis);
  });
  // A part of a curve that was reduced has more to show.
  chart.onZoom = (chosen) => {
    const isReduced = curves.some((curve) => curve.count > curve.values.length);
    if (chosen && (!isReduced || settingsOf(form).logX)) return;
    if (!chosen && !within) return;
    clearTimeout(zooming);
    zooming = setTimeout(() => {
      within = chosen;
      void draw(true);
    }, ZOOM_PAUSE);
  };
  form?.addEventListener("submit", (event) => event.preventDefault());
  element.addEventListener("live", () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      void draw(true);
    }, PAUSE);
  });
  whenSeen(element, () => void draw(true));
}

/** The part as steps, or as times. */
function rangeOf(x: Curves["x"], within: [number, number] | undefined, curves: Curve[]): [number, number] | undefined {
  if (!within || x !== "relative") return within;
  const starts = curves.map((curve) => curve.start);
  return [Math.min(...starts) + within[0] * 1000, Math.max(...starts) + within[1] * 1000];
}

/** Call once, when the element comes near to what is seen. */
export function whenSeen(element: HTMLElement, act: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      act();
    },
    { rootMargin: "200px" },
  );
  observer.observe(element);
}

export interface Settings extends Pick<Curves, "x" | "smoothing" | "logX" | "logY" | "hideOutliers"> {
  isAutomatic: boolean;
}

/** What the form says. */
export function settingsOf(form: HTMLFormElement | null): Settings {
  const data = form ? new FormData(form) : new FormData();
  const x = String(data.get("x") ?? "");
  return {
    x: x === "time" || x === "relative" ? x : "step",
    isAutomatic: x === "",
    smoothing: Math.min(0.99, Number(data.get("smoothing") ?? 0) || 0),
    logX: data.has("log_x") && x !== "time",
    logY: data.has("log_y"),
    hideOutliers: data.has("no_outliers"),
  };
}

/** Put what is chosen into the address, so that a link shows the same picture. */
export function remember(form: HTMLFormElement): void {
  const address = new URL(location.href);
  const names = new Set([...form.elements].map((field) => (field as HTMLInputElement).name).filter(Boolean));
  for (const name of names) address.searchParams.delete(name);
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value !== "" && value !== "0") address.searchParams.append(name, value);
  }
  history.replaceState(history.state, "", address);
}

/** A metric that was logged without steps: all its points are at one. */
function hasOneStep(curve: Curve): boolean {
  return curve.count > 1 && curve.steps[0] === curve.steps[curve.steps.length - 1];
}
