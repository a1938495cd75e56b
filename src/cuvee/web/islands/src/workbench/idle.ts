/** Warns before a session is stopped because nothing runs in it, and keeps it when the reader wants that. */

import type { Api, Execution, Session } from "./api.ts";
import { complain } from "./dialog.ts";
import { make } from "./dom.ts";

const MINUTE = 60_000;
const WARNED = 5 * MINUTE;

export class IdleWarning {
  readonly element = make("div", { class: "wb-note wb-idle", role: "status", hidden: true });
  private readonly text = document.createTextNode("");
  private session: Session | null = null;
  private active = 0;
  private isBusy = false;

  constructor(api: Api) {
    const keep = make("button", { type: "button", class: "btn btn-sm" }, "Keep it");
    // A question to the kernel counts as activity.
    keep.addEventListener("click", () => {
      api.complete("", 0).then(() => this.wasActive(Date.now()), complain);
    });
    this.element.append(this.text, " ", keep);
    setInterval(() => this.look(), 5_000);
  }

  take(session: Session): void {
    this.session = session;
    this.wasActive(Date.parse(session.running_at));
  }

  ran(execution: Execution, isBusy: boolean): void {
    this.isBusy = isBusy;
    this.wasActive(Date.parse(execution.finished_at || execution.running_at || execution.created_at));
  }

  private wasActive(at: number): void {
    if (at > this.active) this.active = at;
    this.look();
  }

  private look(): void {
    const limit = (this.session?.idle_minutes ?? 0) * MINUTE;
    const left = this.active + limit - Date.now();
    const isNear = this.session?.status === "running" && limit > 0 && !this.isBusy && left < Math.min(WARNED, limit / 2);
    this.element.hidden = !isNear;
    const minutes = Math.max(1, Math.ceil(left / MINUTE));
    if (isNear) this.text.data = `Nothing has run for a while: the session stops in ${minutes} min unless something does.`;
  }
}
