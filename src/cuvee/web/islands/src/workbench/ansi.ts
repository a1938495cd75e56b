/**
 * Text as a terminal shows it, in a `<pre>`: colours, carriage returns and cursor moves of progress bars, backspaces. Everything
 * else that an escape code could ask for is dropped. It is appended to as it comes, and keeps its last lines only.
 */

interface Style {
  foreground: string;
  background: string;
  flags: string;
}

interface Cell {
  text: string;
  style: string;
}

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
// One escape sequence (CSI, OSC, or two characters), or one control character.
// eslint-disable-next-line no-control-regex
const TOKEN = /\u001b\[([0-9;:?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[^[\]]|[\u0000-\u001f\u007f]/g;
const UNFINISHED = /\u001b(?:\[[0-9;:?]*|\][^\u0007\u001b]{0,1000})?$/;
const LONGEST_LINE = 20_000;
const TAB = 8;

/** A `<pre>` that text is written to. */
export class TerminalText {
  readonly element: HTMLPreElement;
  /** How many of its lines were folded away. */
  dropped = 0;
  private readonly most: number;
  private readonly lines: Cell[][] = [[]];
  private readonly rows: HTMLElement[] = [];
  private readonly changed = new Set<number>([0]);
  private row = 0;
  private column = 0;
  private style: Style = { foreground: "", background: "", flags: "" };
  private half = "";

  constructor(className: string, most = 2_000) {
    this.element = document.createElement("pre");
    this.element.className = className;
    this.most = most;
  }

  get isEmpty(): boolean {
    return this.lines.length === 1 && this.lines[0]?.length === 0;
  }

  write(text: string): void {
    const whole = this.half + text;
    this.half = UNFINISHED.exec(whole)?.[0] ?? "";
    this.read(this.half ? whole.slice(0, -this.half.length) : whole);
    this.show();
  }

  private read(text: string): void {
    let from = 0;
    for (const match of text.matchAll(TOKEN)) {
      if (match.index > from) this.put(text.slice(from, match.index));
      from = match.index + match[0].length;
      if (match[2] !== undefined) this.command(match[2], match[1] ?? "");
      else if (match[0].length === 1) this.control(match[0]);
    }
    if (from < text.length) this.put(text.slice(from));
  }

  private control(character: string): void {
    if (character === "\n") this.newline();
    else if (character === "\r") this.column = 0;
    else if (character === "\b") this.column = Math.max(0, this.column - 1);
    else if (character === "\t") this.put(" ".repeat(TAB - (this.column % TAB)));
  }

  private command(letter: string, parameters: string): void {
    const numbers = parameters.split(/[;:]/).map((part) => Number.parseInt(part, 10) || 0);
    const count = Math.max(1, numbers[0] ?? 1);
    if (letter === "m") this.colour(numbers);
    else if (letter === "A") this.row = Math.max(0, this.row - count);
    else if (letter === "B") this.row = Math.min(this.lines.length - 1, this.row + count);
    else if (letter === "C") this.column = Math.min(LONGEST_LINE, this.column + count);
    else if (letter === "D") this.column = Math.max(0, this.column - count);
    else if (letter === "G") this.column = Math.min(LONGEST_LINE, count - 1);
    else if (letter === "K") this.erase(numbers[0] ?? 0);
  }

  private newline(): void {
    this.row += 1;
    this.column = 0;
    if (this.row === this.lines.length) this.lines.push([]);
    this.changed.add(this.row);
    if (this.lines.length > this.most + 200) this.drop(200);
  }

  private drop(count: number): void {
    this.lines.splice(0, count);
    for (const row of this.rows.splice(0, count)) row.remove();
    const moved = [...this.changed].map((row) => row - count).filter((row) => row >= 0);
    this.changed.clear();
    for (const row of moved) this.changed.add(row);
    this.row = Math.max(0, this.row - count);
    this.dropped += count;
  }

  private erase(mode: number): void {
    const [from, to] = mode === 1 ? [0, this.column] : mode === 2 ? [0, LONGEST_LINE] : [this.column, LONGEST_LINE];
    this.lines[this.row] = [...slice(this.line(), 0, from), ...slice(this.line(), to, Infinity)];
    this.changed.add(this.row);
  }

  private put(text: string): void {
    const line = this.line();
    const length = width(line);
    const fits = text.slice(0, Math.max(0, LONGEST_LINE - this.column));
    const cell = { text: fits, style: this.classes() };
    if (this.column === length) append(line, cell);
    else {
      const before = slice(line, 0, this.column);
      if (this.column > length) before.push({ text: " ".repeat(this.column - length), style: "" });
      this.lines[this.row] = [...before, cell, ...slice(line, this.column + fits.length, Infinity)];
    }
    this.column += fits.length;
    this.changed.add(this.row);
  }

  private line(): Cell[] {
    return (this.lines[this.row] ??= []);
  }

  private colour(numbers: number[]): void {
    for (let at = 0; at < numbers.length; at += 1) {
      const code = numbers[at] ?? 0;
      if (code === 0) this.style = { foreground: "", background: "", flags: "" };
      else if (code === 1) this.style = { ...this.style, flags: `${this.style.flags} ansi-bold` };
      else if (code === 3) this.style = { ...this.style, flags: `${this.style.flags} ansi-italic` };
      else if (code === 4) this.style = { ...this.style, flags: `${this.style.flags} ansi-underline` };
      else if (code >= 22 && code <= 29) this.style = { ...this.style, flags: "" };
      else if (code >= 30 && code <= 37) this.style = { ...this.style, foreground: `ansi-${NAMES[code - 30]}` };
      else if (code === 39) this.style = { ...this.style, foreground: "" };
      else if (code >= 40 && code <= 47) this.style = { ...this.style, background: `ansi-bg-${NAMES[code - 40]}` };
      else if (code === 49) this.style = { ...this.style, background: "" };
      else if (code >= 90 && code <= 97) this.style = { ...this.style, foreground: `ansi-bright-${NAMES[code - 90]}` };
      else if (code === 38 || code === 48) at += this.extended(code === 38, numbers.slice(at + 1));
    }
  }

  /** 256 colours and true colours are shown as the nearest of sixteen: how many numbers that took. */
  private extended(isForeground: boolean, rest: number[]): number {
    const taken = rest[0] === 5 ? 2 : rest[0] === 2 ? 4 : 0;
    const name = rest[0] === 5 ? indexed(rest[1] ?? 0) : rest[0] === 2 ? nearest(rest[1] ?? 0, rest[2] ?? 0, rest[3] ?? 0) : "";
    if (isForeground) this.style = { ...this.style, foreground: name && `ansi-${name}` };
    else this.style = { ...this.style, background: name && `ansi-bg-${name.replace("bright-", "")}` };
    return taken;
  }

  private classes(): string {
    return `${this.style.foreground} ${this.style.background} ${this.style.flags}`.trim().replace(/\s+/g, " ");
  }

  private show(): void {
    for (let row = this.rows.length; row < this.lines.length; row += 1) {
      this.rows.push(this.element.appendChild(document.createElement("span")));
      this.changed.add(row);
    }
    for (const row of this.changed) this.draw(row);
    this.changed.clear();
  }

  private draw(row: number): void {
    const cells = this.lines[row] ?? [];
    const end = row < this.lines.length - 1 ? "\n" : "";
    const shown = cells.flatMap(({ text, style }) => {
      if (!style) return linked(text);
      const span = document.createElement("span");
      span.className = style;
      span.append(...linked(text));
      return [span];
    });
    this.rows[row]?.replaceChildren(...shown, end);
  }
}

/** A text with its web addresses as links; MLflow's to its own pages lead to ours. */
function linked(text: string): (string | Node)[] {
  if (!text.includes("://")) return [text];
  const parts: (string | Node)[] = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s"'<>`]+[^\s"'<>`.,;:!?)\]}]/g)) {
    const link = document.createElement("a");
    link.href = match[0].replace(`${location.origin}/#/experiments/`, `${location.origin}/experiments/`);
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.textContent = match[0];
    parts.push(text.slice(from, match.index), link);
    from = match.index + match[0].length;
  }
  return [...parts, text.slice(from)];
}

function append(line: Cell[], cell: Cell): void {
  const last = line.at(-1);
  if (last && last.style === cell.style) last.text += cell.text;
  else line.push(cell);
}

function width(line: Cell[]): number {
  return line.reduce((sum, cell) => sum + cell.text.length, 0);
}

function slice(line: Cell[], from: number, to: number): Cell[] {
  const kept: Cell[] = [];
  let at = 0;
  for (const { text, style } of line) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (part) kept.push({ text: part, style });
    at += text.length;
  }
  return kept;
}

function indexed(index: number): string {
  if (index < 8) return NAMES[index] ?? "";
  if (index < 16) return `bright-${NAMES[index - 8]}`;
  if (index >= 232) return index < 244 ? "bright-black" : "white";
  const level = (digit: number) => (digit === 0 ? 0 : 55 + 40 * digit);
  const cube = index - 16;
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function nearest(red: number, green: number, blue: number): string {
  const most = Math.max(red, green, blue);
  const index = (red > most / 2 ? 1 : 0) + (green > most / 2 ? 2 : 0) + (blue > most / 2 ? 4 : 0);
  return most < 60 ? "" : `${most > 190 ? "bright-" : ""}${NAMES[index]}`;
}
