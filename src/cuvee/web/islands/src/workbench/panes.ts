/** Three panes side by side, resized by pointer and keyboard, remembered in this browser; one at a time where it is narrow. */

import { byId } from "./dom.ts";

const KEY = "workbench-panes";
const STEP = 2;

type Sizes = Record<"files" | "console", number>;

export class Panes {
  private readonly host = document.querySelector<HTMLElement>(".wb-panes")!;
  private readonly sizes: Sizes = { files: 18, console: 42, ...stored() };

  constructor() {
    for (const bar of this.host.querySelectorAll<HTMLElement>("[data-split]")) this.handle(bar);
    for (const button of document.querySelectorAll<HTMLElement>(".wb-switch [data-pane]")) {
      button.addEventListener("click", () => this.show(button.dataset["pane"] ?? ""));
    }
    this.apply();
    this.show("console");
  }

  /** Which pane a narrow window shows. */
  show(pane: string): void {
    byId("workbench").dataset["shows"] = pane;
    for (const button of document.querySelectorAll<HTMLElement>(".wb-switch [data-pane]")) {
      button.setAttribute("aria-pressed", String(button.dataset["pane"] === pane));
    }
  }

  private handle(bar: HTMLElement): void {
    const which = bar.dataset["split"] as keyof Sizes;
    bar.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      bar.setPointerCapture(event.pointerId);
      const move = (moved: PointerEvent) => this.set(bar, which, this.share(which, moved.clientX));
      bar.addEventListener("pointermove", move);
      bar.addEventListener("pointerup", () => bar.removeEventListener("pointermove", move), { once: true });
    });
    bar.addEventListener("keydown", (event) => {
      const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!direction) return;
      event.preventDefault();
      this.set(bar, which, this.sizes[which] + STEP * direction * (which === "files" ? 1 : -1));
    });
  }

  private share(which: keyof Sizes, x: number): number {
    const { left, right, width } = this.host.getBoundingClientRect();
    return (100 * (which === "files" ? x - left : right - x)) / width;
  }

  private set(bar: HTMLElement, which: keyof Sizes, size: number): void {
    const least = Number(bar.getAttribute("aria-valuemin"));
    const most = Number(bar.getAttribute("aria-valuemax"));
    this.sizes[which] = Math.round(Math.max(least, Math.min(most, size)) * 10) / 10;
    this.apply();
    localStorage.setItem(KEY, JSON.stringify(this.sizes));
  }

  private apply(): void {
    this.host.style.setProperty("--files", `${this.sizes.files}%`);
    this.host.style.setProperty("--console", `${this.sizes.console}%`);
    for (const bar of this.host.querySelectorAll<HTMLElement>("[data-split]")) {
      bar.setAttribute("aria-valuenow", String(Math.round(this.sizes[bar.dataset["split"] as keyof Sizes])));
    }
  }
}

function stored(): Partial<Sizes> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Sizes>;
  } catch {
    return {};
  }
}
