/** Rows as they are needed: windows of the table, fetched from the server and kept by their place. */

import type { Group, Refusal, Row, Rows } from "./model.ts";

/** Rows of one request, and rows around what is seen that are fetched with it. */
const AT_ONCE = 200;
const AROUND = 60;
/** Rows that are kept; those far from what is seen go first. */
const KEPT = 5_000;

export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.error);
    this.refusal = refusal;
  }
}

export class Source {
  total = 0;
  folded = 0;
  rows = new Map<number, Row>();
  private running: { first: number; last: number; stop: AbortController } | null = null;
  private readonly path: string;
  /** What a request says beside its place. */
  query = new URLSearchParams();

  constructor(path: string) {
    this.path = path;
  }

  /** Take over what came with the page. */
  take(window: Rows): void {
    this.total = window.total;
    this.folded = window.folded;
    window.rows.forEach((row, place) => this.rows.set(window.offset + place, row));
  }

  /** Have rows `first` to `last`; true when some came that were not there. What is no longer wanted is given up. */
  async ensure(first: number, last: number): Promise<boolean> {
    const missing = this.missing(first, Math.min(last, this.total - 1));
    if (!missing) return false;
    if (this.running && this.running.first <= missing[0] && this.running.last >= missing[1]) return false;
    this.running?.stop.abort();
    const start = Math.max(0, Math.min(missing[0] - AROUND, missing[1] + AROUND - AT_ONCE));
    const asked = { first: start, last: start + AT_ONCE - 1, stop: new AbortController() };
    this.running = asked;
    try {
      const window = await this.window(asked.first, AT_ONCE, asked.stop.signal);
      this.take(window);
      this.forget(asked.first);
      return true;
    } catch (error) {
      if (asked.stop.signal.aborted) return false;
      throw error;
    } finally {
      if (this.running === asked) this.running = null;
    }
  }

  /** A window, whatever is there already. */
  async window(offset: number, limit: number, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Rows> {
    const said = new URLSearchParams(this.query);
    for (const [name, value] of Object.entries({ ...more, offset: String(offset), limit: String(limit) })) said.set(name, value);
    return this.fetched<Rows>("rows", said, signal);
  }

  async groups(): Promise<Group[]> {
    return this.fetched<Group[]>("groups", this.query);
  }

  async ids(): Promise<string[]> {
    return this.fetched<string[]>("ids", this.query);
  }

  /** Give up what is fetched, and forget every row. */
  clear(): void {
    this.running?.stop.abort();
    this.running = null;
    this.rows = new Map();
  }

  private missing(first: number, last: number): [number, number] | null {
    let start = first;
    let end = last;
    while (start <= end && this.rows.has(start)) start += 1;
    while (end >= start && this.rows.has(end)) end -= 1;
    return start <= end ? [start, end] : null;
  }

  private forget(near: number): void {
    if (this.rows.size <= KEPT) return;
    for (const place of [...this.rows.keys()]) if (Math.abs(place - near) > KEPT / 2) this.rows.delete(place);
  }

  private async fetched<T>(what: string, said: URLSearchParams, signal?: AbortSignal): Promise<T> {
    const reply = await fetch(`${this.path}/-/${what}?${said}`, {
      headers: { accept: "application/json" },
      ...(signal ? { signal } : {}),
    });
    if (reply.ok) return (await reply.json()) as T;
    const body = (await reply.json().catch(() => null)) as Refusal | null;
    throw new Refused(body ?? { error: `The server answered ${reply.status}.`, hint: "", start: null, end: null });
  }
}
