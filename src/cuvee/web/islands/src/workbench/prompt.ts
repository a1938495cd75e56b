/** The prompt: Enter runs, Shift-Enter makes a line, arrows walk through what was run, Tab completes, Shift-Tab explains. */

import { autocompletion, completionStatus, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentMore, insertNewlineAndIndent } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import type { Command } from "@codemirror/view";
import type { Api } from "./api.ts";
import { byId, make } from "./dom.ts";
import { kernelCompletion, kernelHelp } from "./kernel.ts";
import { appearance } from "./theme.ts";

interface Wishes {
  run(code: string): Promise<boolean>;
  inputs(): string[];
}

export class Prompt {
  private readonly view: EditorView;
  private readonly wishes: Wishes;
  private readonly editable = new Compartment();
  private readonly hint = make("div", { class: "wb-hint", role: "status" });
  /** Where in the history the reader is: 0 is what is being written. */
  private back = 0;
  private draft = "";
  private isRunning = false;

  constructor(api: Api, wishes: Wishes) {
    this.wishes = wishes;
    const say = (sentence: string) => this.say(sentence);
    const [explain, help] = kernelHelp(api, say);
    const keys = Prec.highest(
      keymap.of([
        { key: "Enter", run: (view) => this.enter(view) },
        { key: "Mod-Enter", run: (view) => this.enter(view) },
        { key: "Shift-Enter", run: insertNewlineAndIndent },
        { key: "Tab", run: (view) => this.tab(view) },
        { key: "Shift-Tab", run: explain },
        { key: "ArrowUp", run: (view) => this.walk(view, 1) },
        { key: "ArrowDown", run: (view) => this.walk(view, -1) },
      ]),
    );
    const extensions = [
      keys,
      history(),
      python(),
      indentUnit.of("    "),
      bracketMatching(),
      appearance,
      EditorView.lineWrapping,
      // Names are offered only when they were asked for, so Enter may take one at once.
      autocompletion({
        override: [kernelCompletion(api, say)],
        activateOnTyping: false,
        interactionDelay: 0,
        icons: false,
      }),
      keymap.of([...defaultKeymap, ...historyKeymap]),
      help as [],
      placeholder("Code or !command"),
      EditorView.contentAttributes.of({ "aria-label": "Prompt", "data-prompt": "" }),
      this.editable.of([]),
    ];
    const mark = make("span", { class: "wb-mark", "aria-hidden": "true" }, ">>>");
    const line = make("div", { class: "wb-prompt-line" }, mark);
    this.view = new EditorView({ parent: line, state: EditorState.create({ extensions }) });
    byId("wb-prompt").append(line, this.hint);
  }

  enable(may: boolean): void {
    byId("wb-prompt").hidden = !may;
    this.view.dispatch({ effects: this.editable.reconfigure(may ? [] : EditorState.readOnly.of(true)) });
  }

  focus(): void {
    this.view.focus();
  }

  say(sentence: string): void {
    this.hint.textContent = sentence;
    setTimeout(() => this.hint.textContent === sentence && (this.hint.textContent = ""), 5_000);
  }

  private enter(view: EditorView): boolean {
    if (completionStatus(view.state) === "active") return false;
    const code = view.state.doc.toString();
    if (code.trim() && !this.isRunning) void this.run(code);
    return true;
  }

  /** What is written stays until the platform has taken it. */
  private async run(code: string): Promise<void> {
    this.isRunning = true;
    const isTaken = await this.wishes.run(code);
    this.isRunning = false;
    if (!isTaken || this.view.state.doc.toString() !== code) return;
    this.write("");
    this.back = 0;
    this.draft = "";
  }

  private tab(view: EditorView): boolean {
    if (completionStatus(view.state) === "active") return false;
    const { head, empty } = view.state.selection.main;
    const line = view.state.doc.lineAt(head);
    const isAfterWord = empty && line.text.slice(0, head - line.from).trim() !== "";
    const command: Command = isAfterWord ? startCompletion : indentMore;
    return command(view);
  }

  private walk(view: EditorView, direction: 1 | -1): boolean {
    if (completionStatus(view.state) === "active") return false;
    const line = view.state.doc.lineAt(view.state.selection.main.head).number;
    if (direction === 1 ? line > 1 : line < view.state.doc.lines) return false;
    const inputs = this.wishes.inputs();
    const back = this.back + direction;
    if (back < 0 || back > inputs.length) return true;
    if (this.back === 0) this.draft = view.state.doc.toString();
    this.back = back;
    this.write(back === 0 ? this.draft : (inputs.at(-back) ?? ""));
    return true;
  }

  private write(text: string): void {
    this.view.dispatch({
      changes: { from: 0, to: this.view.state.doc.length, insert: text },
      selection: { anchor: text.length },
    });
  }
}
