/** A chart in the page: loads ECharts when it is about to be seen, follows its box and the theme, and can be read without eyes. */

import type { ECharts } from "echarts/core";
import { optionOf } from "./options.ts";
import type { Picture } from "./pictures.ts";
import { described, noted, tabled } from "./words.ts";

/** A way to draw into an element of the page. */
export class Chart {
  private readonly element: HTMLElement;
  private readonly canvas = part("div", "chart-canvas");
  private readonly note = part("p", "chart-note");
  private readonly data = document.createElement("details");
  private engine: ECharts | undefined;
  private picture: Picture | undefined;
  private place = 0;
  /** Called when the reader chose a part along the axis across, or everything again. */
  onZoom: ((within: [number, number] | undefined) => void) | undefined;
  private readonly endings: (() => void)[] = [];

  constructor(element: HTMLElement) {
    this.element = element;
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "A chart that is about to be drawn");
    this.data.className = "chart-data";
    this.data.append(part("summary", "", "The numbers as a table"));
    element.replaceChildren(this.canvas, this.note, this.data);
    this.data.addEventListener("toggle", () => this.fillTable());
    this.canvas.addEventListener("keydown", (event) => this.walk(event));
    this.follow();
  }

  /** How many pixels wide the picture is. */
  get width(): number {
    return Math.max(200, Math.round(this.canvas.clientWidth));
  }

  /** Draw this instead of what was there. */
  async show(picture: Picture): Promise<void> {
    this.picture = picture;
    this.canvas.setAttribute("aria-label", described(picture));
    this.note.textContent = noted(picture);
    this.note.hidden = this.note.textContent === "";
    this.fillTable();
    await this.draw();
  }

  /** Say why there is nothing new to see; what was drawn stays. */
  fail(text: string): void {
    this.note.hidden = false;
    this.note.textContent = text;
  }

  /** Say why there is nothing to see, and show nothing. */
  clear(text: string): void {
    this.picture = undefined;
    this.engine?.clear();
    this.canvas.setAttribute("aria-label", text);
    this.fillTable();
    this.fail(text);
  }

  close(): void {
    for (const end of this.endings) end();
    this.engine?.dispose();
    this.engine = undefined;
  }

  private async draw(): Promise<void> {
    const { init } = await import("./engine.ts");
    if (this.picture?.kind !== "curves") await import("./more.ts");
    if (!this.picture || !this.element.isConnected) return;
    if (!this.engine) {
      this.engine = init(this.canvas, null, { renderer: "canvas" });
      this.engine.on("datazoom", () => this.zoomed());
      this.engine.on("restore", () => this.onZoom?.(undefined));
      this.engine.on("click", (event) => follow((event.data as { href?: unknown } | undefined)?.href));
    }
    this.engine.setOption(optionOf(this.picture, this.width), { notMerge: true });
    this.element.dataset["drawn"] = this.picture.kind;
  }

  private zoomed(): void {
    const zooms = (this.engine?.getOption()["dataZoom"] ?? []) as {
      startValue?: number;
      endValue?: number;
      start?: number;
      end?: number;
    }[];
    const zoom = zooms.find((each) => (each.start ?? 0) > 0.01 || (each.end ?? 100) < 99.99);
    if (zoom?.startValue !== undefined && zoom.endValue !== undefined) this.onZoom?.([zoom.startValue, zoom.endValue]);
  }

  private follow(): void {
    const box = new ResizeObserver(() => this.engine?.resize());
    box.observe(this.canvas);
    const theme = new MutationObserver(() => void (this.engine && this.draw()));
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
    this.endings.push(
      () => box.disconnect(),
      () => theme.disconnect(),
    );
  }

  /** The arrow keys walk along the first series and say what is there. */
  private walk(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") this.engine?.dispatchAction({ type: "hideTip" });
    if (step === undefined || !this.engine) return;
    event.preventDefault();
    const count = ((this.engine.getOption()["series"] as { data?: unknown[] }[])[0]?.data ?? []).length;
    if (count === 0) return;
    this.place = Math.min(count - 1, Math.max(0, this.place + step * (event.shiftKey ? 10 : 1)));
    this.engine.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: this.place });
  }

  private fillTable(): void {
    this.data.querySelector(".chart-table")?.remove();
    if (!this.data.open || !this.picture) return;
    const { head, rows } = tabled(this.picture);
    const box = part("div", "chart-table");
    box.tabIndex = 0;
    const table = part("table", "table table-sm");
    table.append(group("thead", "th", [head]), group("tbody", "td", rows));
    box.append(table);
    this.data.append(box);
  }
}

function follow(href: unknown): void {
  if (typeof href === "string" && href.startsWith("/") && !href.startsWith("//")) location.assign(href);
}

function part(tag: string, className: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function group(tag: string, cell: string, rows: string[][]): HTMLElement {
  const whole = document.createElement(tag);
  for (const row of rows) {
    const line = document.createElement("tr");
    line.append(...row.map((text) => part(cell, "", text)));
    whole.append(line);
  }
  return whole;
}
