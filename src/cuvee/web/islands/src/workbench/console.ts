/** The transcript: every input and output of the session, from everybody, as it comes. */

import { highlightCode, classHighlighter } from "@lezer/highlight";
import { pythonLanguage } from "@codemirror/lang-python";
import type { Api, Execution } from "./api.ts";
import { byId, icon, make } from "./dom.ts";
import { OutputArea } from "./output.ts";
import type { Output } from "./stream.ts";

interface Entry {
  element: HTMLElement;
  status: HTMLElement;
  area: OutputArea;
  execution: Execution;
}

const MOST_ENTRIES = 250;
const MOST_HIGHLIGHTED = 20_000;
const LONG = 1_000;
const MOST_LINES = 12;
const NEAR = 60;
const ENDS: Record<string, string> = {
  failed: "failed",
  interrupted: "interrupted",
  lost: "its end was not seen",
  queued: "waits",
};

export class Transcript {
  private readonly api: Api;
  private readonly host = byId("wb-transcript");
  private readonly body = make("div", {});
  private readonly earlierNote = make("div", { class: "wb-note", hidden: true });
  private readonly entries = new Map<string, Entry>();
  private readonly displays = new Map<string, HTMLElement>();
  private earlier = 0;
  private follows = true;
  private top = 0;

  constructor(api: Api) {
    this.api = api;
    this.host.append(this.earlierNote, this.body);
    this.host.addEventListener("scroll", () => this.scrolled(), { passive: true });
    const watch = new ResizeObserver(() => this.settle());
    watch.observe(this.host);
    watch.observe(this.body);
    setInterval(() => this.tick(), 1_000);
  }

  /** What was run here, the oldest first: for the prompt's history. */
  get inputs(): string[] {
    return [...this.entries.values()].filter(({ execution }) => !execution.file).map(({ execution }) => execution.code);
  }

  get isBusy(): boolean {
    return [...this.entries.values()].some(({ execution }) => isUnfinished(execution));
  }

  showEarlier(count: number): void {
    this.earlier += count;
    const link = make(
      "a",
      { href: `${this.api.session}/transcript`, download: "transcript.txt" },
      "Download the whole transcript",
    );
    this.earlierNote.replaceChildren(`${this.earlier} earlier inputs are not shown. `, link, ".");
    this.earlierNote.hidden = this.earlier === 0;
  }

  /** The answer to a request may come after the stream has told more: what is older is dropped. */
  take(execution: Execution): void {
    const entry = this.entries.get(execution.id) ?? this.add(execution);
    if (age(execution) < age(entry.execution)) return;
    entry.execution = execution;
    entry.element.dataset["status"] = execution.status;
    entry.status.textContent = said(execution);
  }

  hear(output: Output): void {
    this.entries.get(output.execution)?.area.take(output);
  }

  /** Something of the platform's own, such as that the kernel was started anew. */
  note(sentence: string): void {
    this.body.append(make("div", { class: "wb-note" }, sentence));
  }

  scrollToEnd(): void {
    this.follows = true;
    this.settle();
  }

  private add(execution: Execution): Entry {
    const area = new OutputArea(`${this.api.session}/executions/${execution.id}/text`, this.displays);
    const status = make("span", { class: "wb-status" });
    const element = make(
      "article",
      { class: "wb-entry" },
      make("div", { class: "wb-in" }, input(execution), status),
      area.element,
    );
    const entry = { element, status, area, execution };
    this.entries.set(execution.id, entry);
    const after = [...this.entries.keys()].filter((id) => id > execution.id).sort()[0];
    this.body.insertBefore(element, after ? (this.entries.get(after)?.element ?? null) : null);
    this.bound();
    return entry;
  }

  private bound(): void {
    for (const [id, { element, execution }] of this.entries) {
      if (this.entries.size <= MOST_ENTRIES || isUnfinished(execution)) return;
      element.remove();
      this.entries.delete(id);
      this.showEarlier(1);
    }
  }

  private tick(): void {
    for (const { execution, status } of this.entries.values())
      if (execution.status === "running") status.textContent = said(execution);
  }

  /** Only the reader scrolls up; what comes moves the end down. */
  private scrolled(): void {
    if (this.isAtEnd()) this.follows = true;
    else if (this.host.scrollTop < this.top) this.follows = false;
    this.top = this.host.scrollTop;
  }

  private isAtEnd(): boolean {
    return this.host.scrollHeight - this.host.scrollTop - this.host.clientHeight < NEAR;
  }

  private settle(): void {
    if (!this.follows) return;
    this.host.scrollTop = this.host.scrollHeight;
  }
}

function isUnfinished(execution: Execution): boolean {
  return execution.status === "queued" || execution.status === "running";
}

/** How far it has come. */
function age(execution: Execution): number {
  return Number(Boolean(execution.running_at)) + 2 * Number(Boolean(execution.finished_at));
}

function input(execution: Execution): HTMLElement {
  if (execution.file) return make("span", { class: "wb-ran" }, icon("player-play"), execution.file);
  // A long one scrolls in its box: the keyboard must reach it.
  const isLong = execution.code.length > LONG || execution.code.split("\n").length > MOST_LINES;
  const code = make("pre", { class: isLong ? "wb-code is-long" : "wb-code", tabindex: isLong ? "0" : undefined });
  if (execution.code.length > MOST_HIGHLIGHTED) code.textContent = execution.code;
  else {
    const put = (text: string, classes: string) => code.append(classes ? make("span", { class: classes }, text) : text);
    highlightCode(execution.code, pythonLanguage.parser.parse(execution.code), classHighlighter, put, () => put("\n", ""));
  }
  return code;
}

function said(execution: Execution): string {
  if (execution.status === "succeeded" || execution.status === "running") return lasted(execution);
  const word = ENDS[execution.status] ?? execution.status;
  const why = execution.status_reason;
  // The traceback says it already, unless it is the kernel that ended.
  return execution.status === "failed" && /^(the |its )/.test(why) ? `${word}: ${why}` : word;
}

function lasted(execution: Execution): string {
  if (!execution.running_at) return "";
  const end = execution.finished_at ? Date.parse(execution.finished_at) : Date.now();
  const seconds = Math.max(0, end - Date.parse(execution.running_at)) / 1000;
  if (execution.status === "running" && seconds < 1) return "runs";
  if (seconds < 1) return "";
  return seconds < 60
    ? `${seconds.toFixed(execution.finished_at ? 1 : 0)} s`
    : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
