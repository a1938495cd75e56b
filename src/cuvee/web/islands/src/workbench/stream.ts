/**
 * The session's stream: state, executions and output, in order, from everybody. It comes back by itself when the platform was
 * away, from where it was; what is told twice is dropped here.
 */

import type { Execution, Session } from "./api.ts";

export interface Output {
  execution: string;
  n: number;
  type: "stream" | "display" | "result" | "update" | "error" | "clear" | "truncated" | "end";
  [field: string]: unknown;
}

export interface Listener {
  session(session: Session): void;
  execution(execution: Execution): void;
  output(output: Output): void;
  earlier(count: number): void;
  connected(isThere: boolean): void;
}

const OVER = new Set(["stopped", "failed"]);
const FINISHED = new Set(["succeeded", "failed", "interrupted", "lost"]);
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8_000;

export class SessionStream {
  private readonly url: string;
  private readonly listener: Listener;
  private readonly numbers = new Map<string, number>();
  private readonly unfinished = new Set<string>();
  private source: EventSource | null = null;
  private last = "";
  private isOver = false;
  private failures = 0;

  constructor(url: string, listener: Listener) {
    this.url = url;
    this.listener = listener;
    addEventListener("pagehide", () => this.source?.close());
    addEventListener("pageshow", (event) => event.persisted && this.open());
  }

  open(): void {
    this.source?.close();
    const source = new EventSource(`${this.url}?after=${encodeURIComponent(this.cursor())}`);
    this.source = source;
    source.addEventListener("open", () => {
      this.failures = 0;
      this.listener.connected(true);
    });
    this.on(source, "beginning", (told: { earlier: number }) => this.listener.earlier(told.earlier));
    this.on(source, "session", (session: Session) => {
      this.isOver = OVER.has(session.status);
      this.listener.session(session);
    });
    this.on(source, "execution", (execution: Execution) => this.took(execution));
    this.on(source, "output", (output: Output) => this.heard(output));
    source.addEventListener("error", () => this.broke(source));
  }

  private on<T>(source: EventSource, name: string, handle: (told: T) => void): void {
    source.addEventListener(name, (event) => handle(JSON.parse((event as MessageEvent<string>).data) as T));
  }

  private took(execution: Execution): void {
    if (FINISHED.has(execution.status)) this.unfinished.delete(execution.id);
    else this.unfinished.add(execution.id);
    if (execution.id > this.last) this.last = execution.id;
    this.listener.execution(execution);
  }

  private heard(output: Output): void {
    if (output.n <= (this.numbers.get(output.execution) ?? 0)) return;
    this.numbers.set(output.execution, output.n);
    this.listener.output(output);
  }

  /** The server ended the stream, was ended itself, or the way is broken; an ended session's stream is over. */
  private broke(source: EventSource): void {
    source.close();
    if (this.isOver) return;
    this.listener.connected(false);
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.failures++);
    setTimeout(() => this.open(), pause * (0.75 + Math.random() / 2));
  }

  /** Where to go on: at the oldest execution whose end was not told, else at the last. */
  private cursor(): string {
    const from = [...this.unfinished].sort()[0] ?? this.last;
    return from && `${from}:${this.numbers.get(from) ?? 0}`;
  }
}
