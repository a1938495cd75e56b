/** What one execution said: text, tables, pictures, errors, in order. It grows as output comes, and stays small. */

import { TerminalText } from "./ansi.ts";
import { make } from "./dom.ts";
import { framed } from "./frame.ts";
import type { Output } from "./stream.ts";

type Bundle = Record<string, unknown>;
type Rich = typeof import("./rich.ts");

const MOST_ITEMS = 150;
const MOST_PLAIN = 200_000;
// IPython rules a line of fixed width above a traceback, which a narrow pane would break.
// eslint-disable-next-line no-control-regex
const RULE = /^(\u001b\[[\d;]*m)*-{20,}(\u001b\[[\d;]*m)*$/;
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

export class OutputArea {
  readonly element = make("div", { class: "wb-out" });
  private readonly whole: string;
  private readonly displays: Map<string, HTMLElement>;
  private text: { name: string; terminal: TerminalText } | null = null;
  private isToClear = false;
  private number = 0;
  private leftOut = 0;
  private note: HTMLElement | null = null;

  /** `whole` is the address of all that was said; `displays` are the session's displays that can be updated. */
  constructor(whole: string, displays: Map<string, HTMLElement>) {
    this.whole = whole;
    this.displays = displays;
  }

  take(output: Output): void {
    if (output.n > this.number + 1) this.leaveOut(output.n - this.number - 1);
    this.number = output.n;
    if (this.isToClear && output.type !== "clear" && output.type !== "update" && output.type !== "end") this.clear();
    switch (output.type) {
      case "stream":
        return this.stream(String(output["name"]), String(output["text"]));
      case "display":
      case "result":
        return this.display(output["data"] as Bundle, String(output["display_id"] ?? ""), output.type);
      case "update":
        return this.update(output["data"] as Bundle, String(output["display_id"] ?? ""));
      case "error":
        return this.error(output);
      case "clear":
        if (output["wait"]) this.isToClear = true;
        else this.clear();
        return;
      case "truncated":
        return this.add(make("div", { class: "wb-note" }, String(output["text"])));
      case "end":
    }
  }

  private stream(name: string, text: string): void {
    if (this.text?.name !== name) {
      this.text = { name, terminal: new TerminalText(name === "stderr" ? "wb-text wb-stderr" : "wb-text") };
      this.put(this.text.terminal.element);
    }
    const before = this.text.terminal.dropped;
    this.text.terminal.write(text);
    if (this.text.terminal.dropped > before) this.fold();
  }

  private error(output: Output): void {
    const traceback = new TerminalText("wb-text wb-error");
    const lines = (output["traceback"] as string[])
      .join("\n")
      .split("\n")
      .filter((line) => !RULE.test(line));
    traceback.write(lines.join("\n") || `${output["ename"]}: ${output["evalue"]}`);
    this.add(traceback.element);
    if (output["ename"] === "StdinNotImplementedError") {
      this.add(
        make(
          "div",
          { class: "wb-note" },
          "A session cannot ask for input(): give the value in the code, or run the script in the terminal.",
        ),
      );
    }
  }

  private display(data: Bundle, id: string, kind: string): void {
    const host = make("div", { class: `wb-display wb-${kind}` });
    this.add(host);
    if (id) this.displays.set(id, host);
    fill(host, data);
  }

  private update(data: Bundle, id: string): void {
    const host = this.displays.get(id);
    if (host) fill(host, data);
  }

  private add(item: HTMLElement): void {
    this.text = null;
    this.put(item);
  }

  private put(item: HTMLElement): void {
    this.element.append(item);
    while (this.element.children.length > MOST_ITEMS) {
      (this.note === this.element.firstElementChild ? this.element.children[1] : this.element.firstElementChild)?.remove();
      this.fold();
    }
  }

  private clear(): void {
    this.isToClear = false;
    this.text = null;
    this.element.replaceChildren();
    this.note = null;
  }

  private leaveOut(count: number): void {
    this.leftOut += count;
    this.text?.terminal.write("\n⋯\n");
    this.fold();
  }

  /** Say that not all is shown, and where all of it is. */
  private fold(): void {
    if (this.note) return;
    const link = make("a", { href: this.whole, download: "output.txt" }, "Download all of it");
    this.note = make("div", { class: "wb-note" }, "Earlier output is not shown here. ", link, ".");
    this.element.prepend(this.note);
  }
}

/** Put the best form of a bundle into its place. */
function fill(host: HTMLElement, data: Bundle): void {
  const markup = text(data["text/html"]);
  const image = IMAGES.find((type) => type in data);
  if (markup) void later(host, data, (rich) => page(rich, markup));
  else if ("image/svg+xml" in data)
    host.replaceChildren(picture(`data:image/svg+xml,${encodeURIComponent(text(data["image/svg+xml"]))}`, data));
  else if (image) host.replaceChildren(picture(`data:${image};base64,${text(data[image]).replaceAll("\n", "")}`, data));
  else if (data["text/markdown"]) void later(host, data, async (rich) => [await rich.markdown(text(data["text/markdown"]))]);
  else host.replaceChildren(plain(data));
}

async function page(rich: Rich, markup: string): Promise<HTMLElement[]> {
  const harmless = await rich.html(markup);
  return [rich.wantsScripts(markup) ? framed(markup, harmless) : harmless];
}

/** The plain form is there at once, and stays when the rich one cannot be made. */
async function later(host: HTMLElement, data: Bundle, draw: (rich: Rich) => Promise<HTMLElement[]>): Promise<void> {
  if (!host.hasChildNodes()) host.replaceChildren(plain(data));
  try {
    host.replaceChildren(...(await draw(await import("./rich.ts"))));
  } catch (error) {
    console.warn("An output could not be shown in its rich form.", error);
  }
}

function plain(data: Bundle): HTMLElement {
  const json = data["application/json"];
  const said =
    text(data["text/plain"]) || (json === undefined ? `(${Object.keys(data).join(", ")})` : JSON.stringify(json, null, 2));
  const terminal = new TerminalText("wb-text");
  terminal.write(said.slice(0, MOST_PLAIN));
  return terminal.element;
}

function picture(source: string, data: Bundle): HTMLElement {
  const image = make("img", { class: "wb-image", src: source, alt: text(data["text/plain"]) || "A picture", loading: "lazy" });
  const link = make("a", { href: source, download: "picture", class: "wb-save", title: "Save the picture" }, "Save");
  return make("figure", { class: "wb-figure" }, image, link);
}

/** Bundles hold texts, or lists of lines. */
function text(value: unknown): string {
  if (Array.isArray(value)) return value.join("");
  return typeof value === "string" ? value : "";
}
