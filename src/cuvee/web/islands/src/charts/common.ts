/** What all pictures have in common: axes, the box that says what is under the pointer, the tools. */

import { colours } from "./colours.ts";
import { shown } from "./numbers.ts";

/** Text as an element. ECharts would take a text for HTML, and names are written by users. */
export function tip(lines: [string, string][], head = ""): HTMLElement {
  const box = document.createElement("div");
  if (head) box.append(line("strong", head));
  for (const [name, value] of lines) box.append(line("div", value === "" ? name : `${name}: ${value}`));
  return box;
}

function line(tag: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

export function tooltip(trigger: "axis" | "item"): object {
  const { text, grid, surface } = colours();
  return {
    trigger,
    confine: true,
    backgroundColor: surface,
    borderColor: grid,
    textStyle: { color: text, fontSize: 12 },
    transitionDuration: 0,
  };
}

export function valueAxis(name: string, isLog = false, more: object = {}): object {
  const { text, faint, grid } = colours();
  return {
    type: isLog ? "log" : "value",
    name,
    nameLocation: "middle",
    nameGap: 28,
    scale: true,
    nameTextStyle: { color: text },
    axisLabel: { color: faint, hideOverlap: true, formatter: (value: number) => shown(value) },
    axisLine: { lineStyle: { color: grid } },
    splitLine: { lineStyle: { color: grid } },
    ...more,
  };
}

/** Room for the names of axes at the left and below. */
export function grid(isNamed = true, top = 36): object {
  return { left: isNamed ? 36 : 12, right: 20, top, bottom: 32, containLabel: true };
}

export function toolbox(zooms = true): object {
  const { faint } = colours();
  return {
    right: 8,
    top: 0,
    itemSize: 14,
    iconStyle: { borderColor: faint },
    feature: {
      ...(zooms
        ? {
            dataZoom: { yAxisIndex: "none", title: { zoom: "Zoom: drag over a part", back: "Back" } },
            restore: { title: "Show all" },
          }
        : {}),
      saveAsImage: { title: "Save as a picture", name: "chart" },
    },
  };
}

export function legend(names: string[]): object {
  const { text, faint } = colours();
  return {
    type: "scroll",
    show: names.length > 1,
    data: names,
    left: 8,
    right: 110,
    top: 0,
    itemHeight: 8,
    textStyle: { color: text, width: 220, overflow: "truncate" },
    pageTextStyle: { color: faint },
    pageIconColor: text,
    pageIconInactiveColor: faint,
  };
}

/** The name once: charts tell series apart by their names. */
export function unique(labels: string[]): string[] {
  const seen = new Map<string, number>();
  return labels.map((label) => {
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return count === 1 ? label : `${label} (${count})`;
  });
}
