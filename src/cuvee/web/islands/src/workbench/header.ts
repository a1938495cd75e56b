/** The head of the page: state, age, steps of the start, what can be done, and what to do when the session has ended. */

import type { Api, Session } from "./api.ts";
import { complain, confirm } from "./dialog.ts";
import { byId } from "./dom.ts";

const TONES: Record<string, string> = {
  starting: "azure",
  running: "blue",
  busy: "azure",
  stopping: "orange",
  stopped: "secondary",
  failed: "red",
};
/** Which words of `status_reason` belong to which step. */
const STEPS = ["environment", "server is being started", "kernel"];
const MINUTE = 60;

export class Header {
  private session: Session | null = null;
  private isBusy = false;

  constructor(api: Api, restarted: () => void) {
    this.button("wb-interrupt", () => api.tell("interrupt"));
    this.button("wb-restart", async () => {
      const isSure = await confirm(
        "Restart the kernel?",
        "All variables of the session are lost. Files and output stay.",
        "Restart",
      );
      if (!isSure) return;
      await api.tell("restart");
      restarted();
    });
    this.button("wb-stop", async () => {
      const name = this.session?.name ?? "";
      if (
        await confirm(
          `Stop the session “${name}”?`,
          "Its variables are lost. Files and output stay, and it can be started again.",
          "Stop session",
        )
      ) {
        await api.tell("stop");
      }
    });
    setInterval(() => this.showAge(), 1_000);
    this.showAge();
  }

  take(session: Session): void {
    this.session = session;
    const hasEnded = session.status === "stopped" || session.status === "failed";
    byId("wb-age").dataset["since"] = session.running_at || session.created_at;
    if (session.finished_at) byId("wb-age").dataset["until"] = session.finished_at;
    this.showState();
    this.showSteps(session);
    this.enable("wb-interrupt", session.status === "running");
    this.enable("wb-restart", session.status === "running");
    this.enable("wb-stop", session.status === "running" || session.status === "starting");
    const lab = document.getElementById("wb-lab");
    if (lab) lab.hidden = session.status !== "running";
    byId("wb-ended").hidden = !hasEnded;
    if (hasEnded) this.showEnd(session);
  }

  busy(isBusy: boolean): void {
    if (this.isBusy === isBusy) return;
    this.isBusy = isBusy;
    this.showState();
  }

  private showState(): void {
    const state = this.session?.status === "running" && this.isBusy ? "busy" : (this.session?.status ?? "starting");
    const badge = byId("wb-state").querySelector(".badge");
    const name = badge?.lastChild;
    if (!badge || !name) return;
    badge.className = `badge state bg-${TONES[state] ?? "secondary"}-lt`;
    badge.setAttribute("data-state", state);
    name.textContent = state.charAt(0).toUpperCase() + state.slice(1);
  }

  private showSteps(session: Session): void {
    const list = byId("wb-steps");
    list.hidden = session.status !== "starting";
    const found = STEPS.findIndex((words) => session.status_reason.includes(words));
    const at = session.status_reason.includes("server is being started") ? 1 : Math.max(0, found);
    [...list.children].forEach((step, number) => {
      step.setAttribute("data-step", number < at ? "done" : number === at ? "now" : "later");
      if (number === at) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
  }

  private showEnd(session: Session): void {
    const isFailed = session.status === "failed";
    byId("wb-ended-title").textContent = isFailed ? "The session failed" : "The session has ended";
    const next = isFailed
      ? "The Logs tab tells more. What it said and the files are still there; starting again uses the same settings."
      : "What it said and the files are still there; starting again uses the same settings.";
    byId("wb-ended-reason").textContent = `${sentence(session.status_reason)} ${next}`.trim();
    byId("wb-ended").firstElementChild?.classList.toggle("alert-danger", isFailed);
    byId("wb-ended").firstElementChild?.classList.toggle("alert-info", !isFailed);
  }

  private showAge(): void {
    const { since, until } = byId("wb-age").dataset;
    if (since) byId("wb-age").textContent = age(((until ? Date.parse(until) : Date.now()) - Date.parse(since)) / 1000);
  }

  private button(id: string, action: () => Promise<unknown>): void {
    document.getElementById(id)?.addEventListener("click", () => void action().catch(complain));
  }

  private enable(id: string, may: boolean): void {
    const button = document.getElementById(id) as HTMLButtonElement | null;
    if (button) button.disabled = !may;
  }
}

function sentence(reason: string): string {
  if (!reason || reason === "stopped") return "";
  const begun = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

function age(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < MINUTE * MINUTE) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole / MINUTE) % MINUTE} min`;
}
