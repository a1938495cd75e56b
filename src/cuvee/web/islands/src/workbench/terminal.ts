/**
 * A terminal of the session's Jupyter Server, in the project's folder; loaded when it is opened. It connects again by itself, and
 * each browser tab comes back to its own.
 *
 * The protocol is Jupyter's: arrays of JSON, `["stdin", text]` and `["set_size", rows, columns, …]` out, `["stdout", text]` and
 * `["disconnect", …]` in.
 */

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { make } from "./dom.ts";

const LONGEST_PAUSE = 8_000;

export class SessionTerminal {
  private readonly base: string;
  private readonly host: HTMLElement;
  private readonly terminal: Terminal;
  private readonly fit = new FitAddon();
  private readonly note = make("div", { class: "wb-note", role: "status", hidden: true });
  private readonly key: string;
  private socket: WebSocket | null = null;
  private failures = 0;
  private isOver = false;

  constructor(sessionId: string, host: HTMLElement) {
    this.base = `/sessions/${sessionId}/proxy`;
    this.key = `terminal-${sessionId}`;
    this.host = host;
    this.terminal = new Terminal({ fontSize: 13, scrollback: 5_000, cursorBlink: true, screenReaderMode: false, allowProposedApi: false });
    this.terminal.loadAddon(this.fit);
    const frame = make("div", { class: "wb-xterm" });
    host.replaceChildren(this.note, frame);
    this.dress();
    this.terminal.open(frame);
    this.terminal.onData((text) => this.send(["stdin", text]));
    this.terminal.onResize(() => this.tellSize());
    new ResizeObserver(() => !host.hidden && this.fit.fit()).observe(frame);
    new MutationObserver(() => this.dress()).observe(document.documentElement, { attributes: true });
    void this.connect();
  }

  focus(): void {
    this.fit.fit();
    this.terminal.focus();
  }

  /** The session has ended. */
  end(): void {
    this.isOver = true;
    this.socket?.close();
    this.say("The session has ended, and its terminal with it.");
  }

  private async connect(): Promise<void> {
    try {
      const name = await this.name();
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      const socket = new WebSocket(`${scheme}//${location.host}${this.base}/terminals/websocket/${encodeURIComponent(name)}`);
      this.socket = socket;
      socket.addEventListener("open", () => this.opened());
      socket.addEventListener("message", (event) => this.heard(JSON.parse(String(event.data)) as [string, string]));
      socket.addEventListener("close", () => this.again());
    } catch {
      this.again();
    }
  }

  /** This tab's terminal when it is still there, else a new one. */
  private async name(): Promise<string> {
    const before = sessionStorage.getItem(this.key);
    const there = (await this.ask("GET")) as { name: string }[];
    if (before && there.some(({ name }) => name === before)) return before;
    const { name } = (await this.ask("POST")) as { name: string };
    sessionStorage.setItem(this.key, name);
    return name;
  }

  private async ask(method: string): Promise<unknown> {
    const reply = await fetch(`${this.base}/api/terminals`, { method, headers: { "content-type": "application/json" }, body: method === "POST" ? "{}" : undefined });
    if (!reply.ok) throw new Error(`status ${reply.status}`);
    return reply.json();
  }

  private opened(): void {
    this.failures = 0;
    this.note.hidden = true;
    // The server tells again what the terminal showed.
    this.terminal.reset();
    this.tellSize();
  }

  private heard([kind, text]: [string, string]): void {
    if (kind === "stdout") this.terminal.write(text);
    else if (kind === "disconnect") {
      sessionStorage.removeItem(this.key);
      this.terminal.write("\r\n[The shell has ended; a new one starts.]\r\n");
    }
  }

  private again(): void {
    if (this.isOver) return;
    if (this.failures > 0) this.say("The terminal is not connected. Trying again…");
    setTimeout(() => void (!this.isOver && this.connect()), Math.min(LONGEST_PAUSE, 400 * 2 ** this.failures++));
  }

  private say(sentence: string): void {
    this.note.textContent = sentence;
    this.note.hidden = false;
  }

  private tellSize(): void {
    this.send(["set_size", this.terminal.rows, this.terminal.cols, this.host.clientHeight, this.host.clientWidth]);
  }

  private send(message: unknown[]): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private dress(): void {
    const style = getComputedStyle(this.host);
    const value = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
    const foreground = value("--tblr-body-color", "#182433");
    const background = value("--tblr-bg-surface", "#ffffff");
    this.terminal.options.fontFamily = value("--tblr-font-monospace", "monospace");
    this.terminal.options.theme = { foreground, background, cursor: foreground, cursorAccent: background, selectionBackground: "#8884" };
  }
}
