/** The tabs of the right pane: console, terminal, logs. What is behind the last two is made when it is opened. */

import { byId } from "./dom.ts";

const NAMES = ["console", "terminal", "logs"] as const;
export type Side = (typeof NAMES)[number];

export class SideTabs {
  private readonly opened: (side: Side) => void;

  constructor(opened: (side: Side) => void) {
    this.opened = opened;
    for (const name of NAMES) {
      const tab = byId(`wb-tab-${name}`);
      tab.addEventListener("click", () => this.show(name));
      tab.addEventListener("keydown", (event) => this.key(event, name));
    }
  }

  show(side: Side): void {
    for (const name of NAMES) {
      const tab = byId(`wb-tab-${name}`);
      tab.setAttribute("aria-selected", String(name === side));
      tab.tabIndex = name === side ? 0 : -1;
      byId(`wb-${name}`).hidden = name !== side;
    }
    this.opened(side);
  }

  private key(event: KeyboardEvent, from: Side): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const there = NAMES.filter((name) => !byId(`wb-tab-${name}`).hidden);
    const to = there[(there.indexOf(from) + step + there.length) % there.length] ?? "console";
    event.preventDefault();
    this.show(to);
    byId(`wb-tab-${to}`).focus();
  }
}
