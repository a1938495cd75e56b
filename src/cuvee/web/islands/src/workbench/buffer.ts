/** An open file: its text as it was read, as it is edited, and what lay on the disk when it was read. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import type { Extension, Text } from "@codemirror/state";
import { EditorState, Prec } from "@codemirror/state";
import type { KeyBinding } from "@codemirror/view";
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import type { Api, FileInfo } from "./api.ts";
import { languageOf } from "./languages.ts";
import { appearance } from "./theme.ts";

/** Bytes of a file that the editor opens; of a larger one it shows the head. */
export const MOST_EDITED = 2 * 1024 * 1024;

/** Why a file cannot be edited here; nothing when it can. */
export type ReadOnly = "" | "big" | "binary" | "denied";

export class Buffer {
  path: string;
  state: EditorState;
  readonly readOnly: ReadOnly;
  private saved: Text;
  private stamp: string;

  constructor(file: FileInfo, text: string, readOnly: ReadOnly, extensions: Extension) {
    this.path = file.path;
    this.readOnly = readOnly;
    this.state = EditorState.create({
      doc: text,
      extensions: [extensions, languageOf(file.path), readOnly ? EditorState.readOnly.of(true) : []],
    });
    this.saved = this.state.doc;
    this.stamp = stampOf(file);
  }

  get name(): string {
    return this.path.slice(this.path.lastIndexOf("/") + 1);
  }

  get isModified(): boolean {
    return !this.readOnly && !this.state.doc.eq(this.saved);
  }

  get text(): string {
    return this.state.sliceDoc();
  }

  /** Whether what lies on the disk is not what was read or written last. */
  hasChanged(file: FileInfo | null): boolean {
    return file === null || stampOf(file) !== this.stamp;
  }

  wasSaved(file: FileInfo, doc: Text): void {
    this.stamp = stampOf(file);
    this.saved = doc;
  }
}

/** Read a file for the editor. */
export async function load(api: Api, file: FileInfo, mayWrite: boolean, extensions: Extension): Promise<Buffer> {
  const { text, isWhole } = await api.read(file.path, MOST_EDITED);
  const readOnly = text === null ? "binary" : !isWhole ? "big" : mayWrite ? "" : "denied";
  return new Buffer(file, text ?? "", readOnly, extensions);
}

/** What every open file has. `keys` win over the editor's own. */
export function editing(keys: KeyBinding[], changed: () => void): Extension {
  return [
    Prec.highest(keymap.of(keys)),
    lineNumbers(),
    highlightActiveLineGutter(),
    foldGutter(),
    history(),
    drawSelection(),
    dropCursor(),
    EditorState.allowMultipleSelections.of(true),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    rectangularSelection(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
    indentUnit.of("    "),
    appearance,
    autocompletion({ activateOnTyping: false }),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    EditorView.updateListener.of((update) => update.docChanged && changed()),
    EditorView.contentAttributes.of({ "aria-label": "Text of the file" }),
  ];
}

function stampOf(file: FileInfo): string {
  return `${file.modified_at} ${file.file_size}`;
}
