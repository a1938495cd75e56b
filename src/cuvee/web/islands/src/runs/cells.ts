/** Lines of the table as elements; `templates/experiments/rows.html` writes the first ones the same way. */

import { showTimes } from "../page/times.ts";
import { counted, duration, number, tone } from "./format.ts";
import type { Item } from "./list.ts";
import type { Cell, Column, Group, Row } from "./model.ts";

/** What a line needs to know besides itself. */
export interface Look {
  columns: Column[];
  /** The page of a run. */
  href(id: string): string;
  isTicked(id: string): boolean;
  /** The metric that is told of groups. */
  by: string;
  /** What is said when there is no line. */
  empty: string;
}

export function line(item: Item, look: Look): HTMLTableRowElement {
  const made = document.createElement("tr");
  made.setAttribute("role", "row");
  if (item.kind === "run") run(made, item, look);
  else if (item.kind === "group") group(made, item, look);
  else if (item.kind === "more") wide(made, `${counted(item.count, "more run", "more runs")}: filter to see them`, look);
  else wide(made, "", look);
  return made;
}

/** Show whether a run is ticked. */
export function showTicked(made: HTMLTableRowElement, isTicked: boolean): void {
  made.classList.toggle("is-ticked", isTicked);
  made.setAttribute("aria-selected", String(isTicked));
  const box = made.querySelector<HTMLInputElement>("input[type=checkbox]");
  if (box) box.checked = isTicked;
}

function run(made: HTMLTableRowElement, item: Item & { kind: "run" }, look: Look): void {
  const [id, name, status, stage, start, end, children, cells] = item.row;
  made.dataset["run"] = id;
  made.classList.toggle("is-deleted", stage === "deleted");
  made.append(tick(name || id), nameCell(item, name || id, children, look));
  const time = element("time");
  time.dateTime = new Date(Math.min(Math.max(start, -8.64e15), 8.64e15)).toISOString();
  time.setAttribute("data-relative", "");
  showTimes(wrapped(time));
  made.append(cell(start ? time : "–"), cell(end === null ? "–" : duration(end - start)), cell(state(status)));
  look.columns.forEach((column, place) => made.append(valueCell(column, cells[place] ?? null)));
  if (children) made.setAttribute("aria-expanded", String(item.isOpen));
  if (item.depth) made.setAttribute("aria-level", String(item.depth + 1));
  showTicked(made, look.isTicked(id));
}

function nameCell(item: Item & { kind: "run" }, name: string, children: Row[6], look: Look): HTMLElement {
  const inner = element("span", "run-name");
  if (item.depth) inner.style.paddingInlineStart = `${item.depth * 1.25}rem`;
  if (children) inner.append(fold(item.isOpen, `Runs under ${name}`));
  const link = element("a");
  link.href = look.href(item.row[0]);
  link.title = name;
  link.tabIndex = -1;
  link.textContent = name;
  inner.append(link);
  if (children) inner.append(" ", small(String(children)));
  return cell(inner, "fixed-2", "rowheader");
}

function group(made: HTMLTableRowElement, item: Item & { kind: "group" }, look: Look): void {
  const [value, count] = item.group;
  made.className = "group";
  made.setAttribute("aria-expanded", String(item.isOpen));
  const inner = element("span", "run-name");
  inner.append(fold(item.isOpen, `Runs with ${value ?? "no value"}`), value ?? "(none)");
  const told = cell([counted(count, "run", "runs"), summary(item.group, look.by)].filter(Boolean).join(" · "));
  told.colSpan = look.columns.length + 3;
  made.append(cell("", "fixed-1"), cell(inner, "fixed-2", "rowheader"), told);
}

function summary([, , mean, least, greatest]: Group, by: string): string {
  if (mean === null || least === null || greatest === null) return "";
  return `${by}: mean ${number(mean)}, min ${number(least)}, max ${number(greatest)}`;
}

function wide(made: HTMLTableRowElement, text: string, look: Look): void {
  const told = cell(text, "text-secondary");
  told.colSpan = look.columns.length + 3;
  made.append(cell("", "fixed-1"), cell(text ? "" : "…", "fixed-2", "rowheader"), told);
}

/** The only line of a table without runs. */
export function nothing(text: string, look: Look): HTMLTableRowElement {
  const made = document.createElement("tr");
  made.className = "nothing";
  made.setAttribute("role", "row");
  const told = cell(text);
  told.colSpan = look.columns.length + 5;
  made.append(told);
  return made;
}

function tick(name: string): HTMLElement {
  const box = element("input", "form-check-input");
  box.type = "checkbox";
  box.tabIndex = -1;
  box.setAttribute("aria-label", `Select ${name}`);
  return cell(box, "fixed-1");
}

function fold(isOpen: boolean, label: string): HTMLElement {
  const button = element("button", "fold");
  button.type = "button";
  button.tabIndex = -1;
  button.setAttribute("aria-label", label);
  button.textContent = isOpen ? "▾" : "▸";
  return button;
}

function valueCell(column: Column, value: Cell): HTMLElement {
  if (Array.isArray(value)) return models(value);
  const made = cell(typeof value === "number" ? number(value) : (value ?? ""), column.kind === "metrics" ? "number" : "");
  if (value !== null && value !== "") made.title = String(value);
  return made;
}

function models(value: [string, string][]): HTMLElement {
  const made = cell("");
  made.title = value.map(([name]) => name).join(", ");
  value.forEach(([name, url], place) => {
    if (place) made.append(", ");
    if (!url) return made.append(name);
    const link = element("a");
    link.href = url;
    link.tabIndex = -1;
    link.textContent = name;
    made.append(link);
  });
  return made;
}

function state(status: string): HTMLElement {
  const badge = element("span", `badge state bg-${tone(status)}-lt`);
  badge.dataset["state"] = status.toLowerCase();
  const dot = element("span", "state-dot");
  dot.setAttribute("aria-hidden", "true");
  badge.append(dot, status.charAt(0) + status.slice(1).toLowerCase().replace("_", " "));
  return badge;
}

function cell(content: Node | string, style = "", role = "gridcell"): HTMLTableCellElement {
  const made = element("td", style);
  made.setAttribute("role", role);
  made.append(content);
  return made;
}

function small(text: string): HTMLElement {
  const made = element("small", "text-secondary");
  made.textContent = text;
  return made;
}

function wrapped(inner: HTMLElement): HTMLElement {
  const made = element("span");
  made.append(inner);
  return made;
}

function element<Kind extends keyof HTMLElementTagNameMap>(kind: Kind, style = ""): HTMLElementTagNameMap[Kind] {
  const made = document.createElement(kind);
  if (style) made.className = style;
  return made;
}
