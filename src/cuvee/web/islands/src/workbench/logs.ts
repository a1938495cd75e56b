/** What the session's server writes, its end, asked for while it is looked at. */

import { TerminalText } from "./ansi.ts";
import type { Api } from "./api.ts";
import { make } from "./dom.ts";

const PERIOD = 2_000;
const NEAR = 40;

export class Logs {
  private readonly api: Api;
  private readonly host: HTMLElement;
  private readonly body = make("div", { class: "wb-log", tabindex: "0", role: "region", "aria-label": "Logs of the session" });
  private shown = "";
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(api: Api, host: HTMLElement) {
    this.api = api;
    this.host = host;
    host.replaceChildren(this.body);
  }

  look(isSeen: boolean): void {
    clearInterval(this.timer);
    if (!isSeen) return;
    void this.ask();
    this.timer = setInterval(() => void (!document.hidden && !this.host.hidden && this.ask()), PERIOD);
  }

  private async ask(): Promise<void> {
    const said = await this.api.logs().catch(() => null);
    if (!said) return;
    const text = [said.stdout, said.stderr].filter(Boolean).join("\n");
    if (text === this.shown && this.body.hasChildNodes()) return;
    this.shown = text;
    const isAtEnd = this.body.scrollHeight - this.body.scrollTop - this.body.clientHeight < NEAR;
    const terminal = new TerminalText("wb-text");
    terminal.write(text || "Nothing was logged yet.");
    this.body.replaceChildren(terminal.element);
    if (isAtEnd) this.body.scrollTop = this.body.scrollHeight;
  }
}
