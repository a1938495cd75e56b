/** What the session's kernel knows of code: completions, and help on the name at the cursor. */

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { StateEffect, StateField } from "@codemirror/state";
import type { Command, Tooltip } from "@codemirror/view";
import { EditorView, keymap, showTooltip } from "@codemirror/view";
import { TerminalText } from "./ansi.ts";
import type { Api } from "./api.ts";
import { Refused } from "./api.ts";
import { make } from "./dom.ts";

/** Says a short sentence below the prompt. */
export type Say = (sentence: string) => void;

const KINDS: Record<string, string> = {
  function: "function",
  module: "namespace",
  class: "class",
  instance: "variable",
  keyword: "keyword",
  statement: "variable",
  magic: "keyword",
  path: "text",
  param: "property",
};
const PATIENCE = 1_000;
const MOST_CODE = 100_000;

/** Completions by the kernel, when they are asked for. */
export function kernelCompletion(api: Api, say: Say): (context: CompletionContext) => Promise<CompletionResult | null> {
  return async (context) => {
    const code = context.state.doc.toString();
    if (!context.explicit || code.length > MOST_CODE) return null;
    const waiting = setTimeout(() => say("The kernel is asked…"), PATIENCE);
    try {
      const found = await api.complete(code, characters(code.slice(0, context.pos)));
      if (found.matches.length === 0) say("Nothing fits here.");
      return {
        from: units(code, found.cursor_start),
        to: units(code, found.cursor_end),
        options: found.matches.map((label, at): Completion => ({ label, type: KINDS[found.types[at] ?? ""] })),
      };
    } catch (error) {
      say(error instanceof Refused ? error.message : String(error));
      return null;
    } finally {
      clearTimeout(waiting);
    }
  };
}

const show = StateEffect.define<Tooltip | null>();
const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update(tooltip, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : tooltip;
  },
  provide: (field) => showTooltip.from(field),
});

/** Shift-Tab shows what the kernel knows of the name at the cursor; Escape hides it. */
export function kernelHelp(api: Api, say: Say): [Command, readonly unknown[]] {
  const command: Command = (view) => {
    void inspect(view, api, say);
    return true;
  };
  const hide: Command = (view) => {
    if (!view.state.field(shown)) return false;
    view.dispatch({ effects: show.of(null) });
    return true;
  };
  return [command, [shown, keymap.of([{ key: "Escape", run: hide }])]];
}

async function inspect(view: EditorView, api: Api, say: Say): Promise<void> {
  const code = view.state.doc.toString();
  const pos = view.state.selection.main.head;
  try {
    const { found, text } = await api.inspect(code, characters(code.slice(0, pos)));
    if (!found) say("The kernel knows nothing of this name.");
    else if (view.state.doc.toString() === code) view.dispatch({ effects: show.of(help(pos, text)) });
  } catch (error) {
    say(error instanceof Refused ? error.message : String(error));
  }
}

function help(pos: number, text: string): Tooltip {
  return {
    pos,
    above: true,
    create: () => {
      const terminal = new TerminalText("wb-text");
      terminal.write(text);
      return { dom: make("div", { class: "wb-help", tabindex: "0", role: "note" }, terminal.element) };
    },
  };
}

/** Kernels count characters, editors UTF-16 units. */
function characters(text: string): number {
  return [...text].length;
}

function units(code: string, count: number): number {
  return [...code].slice(0, count).join("").length;
}
