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
  private readonly frame = make("div", { class: "wb-xterm" });
  private readonly key: string;
  private socket: WebSocket | null = null;
  /** What was typed before the terminal was there. */
  private typed = "";
  private failures = 0;
  private isOver = false;

  constructor(sessionId: string, host: HTMLElement) {
    this.base = `/sessions/${sessionId}/proxy`;
    this.key = `terminal-${sessionId}`;
    this.host = host;
    this.terminal = new Terminal({
      fontSize: 13,
      scrollback: 5_000,
      cursorBlink: true,
      screenReaderMode: false,
      allowProposedApi: false,
    });
    this.terminal.loadAddon(this.fit);
    host.replaceChildren(this.note, this.frame);
    this.dress();
    this.terminal.open(this.frame);
    this.terminal.onData((text) => this.type(text));
    this.terminal.onResize(() => this.tellSize());
    new ResizeObserver(() => !host.hidden && this.fit.fit()).observe(this.frame);
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
    const reply = await fetch(`${this.base}/api/terminals`, {
      method,
      headers: { "content-type": "application/json" },
      body: method === "POST" ? "{}" : undefined,
    });
    if (!reply.ok) throw new Error(`status ${reply.status}`);
    return reply.json();
  }

  private opened(): void {
    this.failures = 0;
    this.note.hidden = true;
    // The server tells again what the terminal showed.
    this.terminal.reset();
    this.tellSize();
    if (this.typed) this.send(["stdin", this.typed]);
    this.typed = "";
  }

  private type(text: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.send(["stdin", text]);
    else if (this.failures < 2) this.typed += text;
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

  /** The colours of the page, as they come out: a theme's variables may be expressions. */
  private dress(): void {
    const { color, backgroundColor, fontFamily } = getComputedStyle(this.frame);
    this.terminal.options.fontFamily = fontFamily;
    this.terminal.options.theme = {
      foreground: color,
      background: backgroundColor,
      cursor: color,
      cursorAccent: backgroundColor,
      selectionBackground: "#88888866",
      ...palette(this.frame),
    };
  }
}

/** The sheet's readable colours for the eight that programs use most. */
function palette(element: HTMLElement): Record<string, string> {
  const style = getComputedStyle(element);
  const names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = style.getPropertyValue(`--ansi-${name}`).trim();
      return [
        [name, value],
        [`bright${name[0]?.toUpperCase()}${name.slice(1)}`, value],
      ];
    }),
  );
}
