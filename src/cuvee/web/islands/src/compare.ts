/** The charts of a comparison: what is chosen in the form is drawn, and stands in the address. */

import { asked } from "./charts/asked.ts";
import { Chart } from "./charts/chart.ts";
import { remember, settingsOf } from "./charts/mounted.ts";
import type { Picture } from "./charts/pictures.ts";
import { keepSections } from "./run/sections.ts";

interface Values {
  axes: string[];
  runs: { label: string; href: string; values: (string | number | null)[] }[];
}

keepSections(document);
const form = document.querySelector<HTMLFormElement>("#chart-settings");
const figure = document.querySelector<HTMLElement>("#compare-chart");
if (form && figure) mount(form, figure);

function mount(form: HTMLFormElement, figure: HTMLElement): void {
  const chart = new Chart(figure);
  const runs = (form.dataset["runs"] ?? "").split(",");
  let latest = 0;

  const draw = async (): Promise<void> => {
    const turn = ++latest;
    showFieldsOf(form);
    try {
      const picture = await pictureOf(form, runs, chart.width);
      if (turn !== latest) return;
      if (typeof picture === "string") chart.clear(picture);
      else await chart.show(picture);
    } catch (error) {
      if (turn === latest) chart.clear(error instanceof Error ? error.message : "The chart could not be drawn.");
    }
  };

  form.addEventListener("input", () => {
    remember(form);
    void draw();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  figure.addEventListener("live", () => void draw());
  void draw();
}

/** What is chosen as a picture; a sentence when there is nothing to draw. */
async function pictureOf(form: HTMLFormElement, runs: string[], width: number): Promise<Picture | string> {
  const data = new FormData(form);
  const texts = (name: string): string[] =>
    data.getAll(name).filter((value): value is string => typeof value === "string" && value !== "");
  const logs = { logX: data.has("log_x"), logY: data.has("log_y") };
  switch (data.get("chart")) {
    case "curves":
      return curves(form, runs, texts("key"), width);
    case "bars":
      return bars(runs, texts("key"), logs.logY);
    case "scatter":
      return scatter(runs, [...texts("across"), ...texts("up")], logs);
    case "contour":
      return contour(runs, [...texts("across"), ...texts("up"), ...texts("colour")]);
    default:
      return parallel(runs, texts("axis"));
  }
}

async function curves(form: HTMLFormElement, runs: string[], keys: string[], width: number): Promise<Picture | string> {
  if (keys.length === 0) return "Choose a metric.";
  const query = new URLSearchParams([...runs.map((run) => ["run", run]), ...keys.map((key) => ["key", key])]);
  const { isAutomatic: _, ...settings } = settingsOf(form);
  const found = await asked(`/compare/-/curves?${query}`, width, settings.x !== "step");
  return { kind: "curves", curves: found, ...settings, yName: keys.length === 1 ? (keys[0] ?? "") : "" };
}

async function bars(runs: string[], keys: string[], logY: boolean): Promise<Picture | string> {
  if (keys.length === 0) return "Choose a metric.";
  const found = await values(
    runs,
    keys.map((key) => `metric:${key}`),
  );
  const series = keys.map((label, axis) => ({ label, values: found.runs.map((run) => numberOf(run.values[axis])) }));
  return {
    kind: "bars",
    groups: found.runs.map((run) => run.label),
    series,
    logY,
    yName: keys.length === 1 ? (keys[0] ?? "") : "",
  };
}

async function parallel(runs: string[], axes: string[]): Promise<Picture | string> {
  if (axes.length < 2) return "Choose two or more axes.";
  const found = await values(runs, axes);
  return { kind: "parallel", axes: found.axes.map(nameOf), lines: found.runs };
}

async function scatter(runs: string[], axes: string[], logs: { logX: boolean; logY: boolean }): Promise<Picture | string> {
  const [xName, yName] = axes;
  if (xName === undefined || yName === undefined) return "Choose what is across and what is up.";
  const found = await values(runs, [xName, yName]);
  const dots = found.runs.flatMap((run) => {
    const [x, y] = run.values.map(numberOf);
    return x == null || y == null ? [] : [{ label: run.label, href: run.href, x, y }];
  });
  if (dots.length === 0) return "None of these runs has a number for both.";
  return { kind: "scatter", dots, xName: nameOf(xName), yName: nameOf(yName), ...logs };
}

async function contour(runs: string[], axes: string[]): Promise<Picture | string> {
  const [xName, yName, zName] = axes;
  if (xName === undefined || yName === undefined || zName === undefined) return "Choose what is across, up and in colour.";
  const found = await values(runs, [xName, yName, zName]);
  const dots = found.runs.flatMap((run) => {
    const [x, y, z] = run.values.map(numberOf);
    return x == null || y == null || z == null ? [] : [{ label: run.label, x, y, z }];
  });
  if (dots.length < 3) return "A contour needs three runs with numbers for all three.";
  return { kind: "contour", dots, xName: nameOf(xName), yName: nameOf(yName), zName: nameOf(zName) };
}

async function values(runs: string[], axes: string[]): Promise<Values> {
  const query = new URLSearchParams([["runs", runs.join(",")], ...axes.map((axis) => ["axis", axis])]);
  const reply = await fetch(`/compare/-/values?${query}`, { headers: { accept: "application/json" } });
  if (!reply.ok) throw new Error("The values could not be fetched.");
  return (await reply.json()) as Values;
}

/** Only the fields that matter to the kind of chart. */
function showFieldsOf(form: HTMLFormElement): void {
  const kind = String(new FormData(form).get("chart") ?? "parallel");
  for (const field of form.querySelectorAll<HTMLElement>("[data-for]")) {
    field.hidden = !(field.dataset["for"] ?? "").split(" ").includes(kind);
  }
}

function nameOf(axis: string): string {
  return axis.slice(axis.indexOf(":") + 1);
}

function numberOf(value: string | number | null | undefined): number | null {
  return typeof value === "number" ? value : null;
}
