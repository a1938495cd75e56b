/** The editor: tabs of open files, saving without overwriting what others wrote, and running all, the selection or a line. */

import { acceptCompletion } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { arrange } from "../page/arrange.ts";
import type { Api } from "./api.ts";
import type { Buffer } from "./buffer.ts";
import { editing, load } from "./buffer.ts";
import { ask, complain } from "./dialog.ts";
import { byId, icon, make, tool } from "./dom.ts";
import { canRun } from "./languages.ts";

interface Wishes {
  run(what: { code: string } | { file: string }): Promise<boolean>;
  /** Something was saved. */
  saved(): void;
  mayWrite: boolean;
}

const NOTES = {
  "": "",
  big: "This file is large: its first 2 MiB are shown, read-only.",
  binary: "This file is not text.",
  denied: "You may read this file, not change it.",
};

export class Editor {
  private readonly api: Api;
  private readonly wishes: Wishes;
  private readonly tabs = byId("wb-tabs");
  private readonly note = make("div", { class: "wb-note", role: "status", hidden: true });
  private readonly nothing = make("div", { class: "wb-nothing" }, make("p", {}, "Open a file from the tree to edit and run it."));
  private readonly view: EditorView;
  private readonly extensions: Extension;
  private readonly buffers: Buffer[] = [];
  private readonly tabOf = new WeakMap<Buffer, HTMLElement>();
  private current: Buffer | null = null;
  private canRunNow = false;
  private readonly play: HTMLButtonElement;
  private readonly more: HTMLButtonElement;
  private readonly save: HTMLButtonElement;

  constructor(api: Api, wishes: Wishes) {
    this.api = api;
    this.wishes = wishes;
    this.extensions = editing(
      [
        { key: "Mod-s", run: () => this.does(this.saveCurrent()) },
        { key: "Mod-Enter", run: () => this.does(this.runSelection()) },
        { key: "Shift-Enter", run: () => this.does(this.runLine()) },
        { key: "Mod-Shift-Enter", run: () => this.does(this.runAll()) },
        { key: "Tab", run: acceptCompletion },
      ],
      () => this.changed(),
    );
    this.play = tool(icon("player-play-filled"), "Run the whole file", () => void this.runAll());
    this.play.id = "wb-play";
    this.save = tool(icon("device-floppy"), "Save (Ctrl-S)", () => void this.saveCurrent());
    this.more = tool(icon("chevron-down"), "Run", () => undefined);
    byId("wb-editor-tools").append(this.save, this.play, this.menu());
    const host = byId("wb-editor");
    this.view = new EditorView({ parent: host });
    host.prepend(this.note);
    host.append(this.nothing);
    this.show(null);
    addEventListener("beforeunload", (event) => this.buffers.some((each) => each.isModified) && event.preventDefault());
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s" && this.current && !event.defaultPrevented) {
        event.preventDefault();
        void this.saveCurrent();
      }
    });
  }

  enableRunning(may: boolean): void {
    this.canRunNow = may;
    this.refresh();
  }

  async open(path: string): Promise<void> {
    const known = this.buffers.find((each) => each.path === path);
    if (known) return this.show(known);
    try {
      const file = await this.api.stat(path);
      if (!file) throw new Error(`${path} is not there any more.`);
      const buffer = await load(this.api, file, this.wishes.mayWrite, this.extensions);
      this.buffers.push(buffer);
      this.show(buffer);
      this.view.focus();
    } catch (error) {
      complain(error);
    }
  }

  /** A file or folder was moved or deleted: the open files in it follow. */
  moved(from: string, to: string | null): void {
    for (const buffer of [...this.buffers]) {
      if (buffer.path !== from && !buffer.path.startsWith(`${from}/`)) continue;
      if (to === null) this.drop(buffer);
      else buffer.path = to + buffer.path.slice(from.length);
    }
    this.refresh();
  }

  /** Files may have changed on disk: those that nobody edits here are read again. */
  async reread(): Promise<void> {
    for (const buffer of [...this.buffers]) {
      if (buffer.isModified || buffer.readOnly) continue;
      const file = await this.api.stat(buffer.path).catch(() => null);
      if (file && buffer.hasChanged(file)) await this.reload(buffer);
    }
  }

  private async runAll(): Promise<void> {
    const buffer = this.current;
    if (!buffer || !this.mayRun()) return;
    if (buffer.isModified && !(await this.store(buffer))) return;
    await this.wishes.run({ file: buffer.path });
  }

  private async runSelection(): Promise<void> {
    const { from, to, empty } = this.view.state.selection.main;
    if (empty) return this.runLine();
    await this.runCode(this.view.state.sliceDoc(from, to));
  }

  private async runLine(): Promise<void> {
    const line = this.view.state.doc.lineAt(this.view.state.selection.main.head);
    const isLast = line.number === this.view.state.doc.lines;
    const next = isLast ? line : this.view.state.doc.line(line.number + 1);
    this.view.dispatch({ selection: { anchor: isLast ? line.to : next.from }, scrollIntoView: true });
    await this.runCode(line.text);
  }

  private async runCode(code: string): Promise<void> {
    if (this.mayRun() && code.trim()) await this.wishes.run({ code: dedented(code) });
  }

  private mayRun(): boolean {
    return this.canRunNow && this.current !== null && canRun(this.current.path);
  }

  private async saveCurrent(): Promise<void> {
    if (this.current) await this.store(this.current);
  }

  /** Save; when somebody else changed the file meanwhile, ask. Whether it is saved. */
  private async store(buffer: Buffer): Promise<boolean> {
    if (buffer.readOnly) return false;
    try {
      const file = await this.api.stat(buffer.path);
      if (file && buffer.hasChanged(file)) {
        const { choice } = await ask({
          title: `${buffer.name} was changed on disk`,
          text: "Something else wrote to this file since it was opened here. Which of the two is to stay?",
          choices: [
            { name: "Take what is on disk", value: "theirs" },
            { name: "Overwrite with mine", value: "mine" },
          ],
        });
        if (choice === "theirs") await this.reload(buffer);
        if (choice !== "mine") return false;
      }
      if (this.current === buffer) buffer.state = this.view.state;
      const { doc } = buffer.state;
      buffer.wasSaved(await this.api.write(buffer.path, buffer.text), doc);
      this.refresh();
      this.wishes.saved();
      return true;
    } catch (error) {
      complain(error);
      return false;
    }
  }

  private async reload(buffer: Buffer): Promise<void> {
    const file = await this.api.stat(buffer.path);
    if (!file) return;
    const fresh = await load(this.api, file, this.wishes.mayWrite, this.extensions);
    this.buffers[this.buffers.indexOf(buffer)] = fresh;
    if (this.current === buffer) this.show(fresh);
    else this.refresh();
  }

  private async close(buffer: Buffer): Promise<void> {
    if (buffer.isModified) {
      const { choice } = await ask({
        title: `Save ${buffer.name} before closing it?`,
        text: "It has changes that are not saved.",
        choices: [
          { name: "Close without saving", value: "drop", isDangerous: true },
          { name: "Save", value: "save" },
        ],
      });
      if (!choice || (choice === "save" && !(await this.store(buffer)))) return;
    }
    this.drop(buffer);
  }

  private drop(buffer: Buffer): void {
    const at = this.buffers.indexOf(buffer);
    this.buffers.splice(at, 1);
    if (this.current === buffer) this.show(this.buffers[Math.min(at, this.buffers.length - 1)] ?? null);
    else this.refresh();
  }

  private show(buffer: Buffer | null): void {
    if (this.current && this.buffers.includes(this.current)) this.current.state = this.view.state;
    this.current = buffer;
    if (buffer) this.view.setState(buffer.state);
    this.view.dom.hidden = buffer === null || buffer.readOnly === "binary";
    this.nothing.hidden = buffer !== null;
    this.note.textContent = NOTES[buffer?.readOnly ?? ""];
    this.note.hidden = !this.note.textContent;
    this.refresh();
  }

  private changed(): void {
    if (!this.current) return;
    const was = this.current.isModified;
    this.current.state = this.view.state;
    if (was !== this.current.isModified) this.refresh();
  }

  private refresh(): void {
    this.play.disabled = this.more.disabled = !this.mayRun();
    this.save.disabled = !this.current?.isModified;
    arrange(
      this.tabs,
      this.buffers.map((buffer) => this.tab(buffer)),
    );
  }

  /** A file's tab, the same as long as the file is open: a click under way on it and its focus stay. */
  private tab(buffer: Buffer): HTMLElement {
    const tab = this.tabOf.get(buffer) ?? this.makeTab(buffer);
    this.tabOf.set(buffer, tab);
    const isCurrent = buffer === this.current;
    const [open, close] = tab.children as unknown as [HTMLElement, HTMLElement];
    tab.classList.toggle("is-current", isCurrent);
    open.textContent = buffer.isModified ? `${buffer.name} •` : buffer.name;
    open.title = buffer.path;
    open.ariaSelected = String(isCurrent);
    open.ariaLabel = buffer.isModified ? `${buffer.name}, not saved` : buffer.name;
    close.ariaLabel = close.title = `Close ${buffer.name}`;
    return tab;
  }

  private makeTab(buffer: Buffer): HTMLElement {
    const open = make("button", { type: "button", class: "wb-tab", role: "tab", "aria-controls": "wb-editor" });
    open.addEventListener("click", () => this.show(buffer));
    open.addEventListener("auxclick", (event) => event.button === 1 && void this.close(buffer));
    const close = tool(icon("x"), "Close", () => void this.close(buffer));
    return make("span", { class: "wb-file-tab", role: "presentation" }, open, close);
  }

  private menu(): HTMLElement {
    const item = (name: string, keys: string, action: () => Promise<void>) => {
      const button = make("button", { type: "button", class: "dropdown-item" }, name, make("kbd", { class: "ms-auto" }, keys));
      button.addEventListener("click", () => void action());
      return button;
    };
    this.more.dataset["bsToggle"] = "dropdown";
    this.more.setAttribute("aria-expanded", "false");
    const list = make(
      "div",
      { class: "dropdown-menu dropdown-menu-end" },
      item("Run all", "Ctrl-Shift-Enter", () => this.runAll()),
      item("Run selection", "Ctrl-Enter", () => this.runSelection()),
      item("Run line", "Shift-Enter", () => this.runLine()),
    );
    return make("div", { class: "dropdown" }, this.more, list);
  }

  private does(work: Promise<void>): boolean {
    void work;
    return true;
  }
}

/** A selection inside a block runs as if the block stood alone. */
function dedented(code: string): string {
  const indent = /^[ \t]*/.exec(code)?.[0] ?? "";
  return indent
    ? code
        .split("\n")
        .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
        .join("\n")
    : code;
}
