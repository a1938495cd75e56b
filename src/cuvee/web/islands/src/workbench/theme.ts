/** How CodeMirror looks here: colours come from the sheet, by the classes of what is coloured. */

import { syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const view = EditorView.theme({
  "&": { height: "100%", backgroundColor: "transparent", color: "inherit" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--tblr-font-monospace)", fontSize: "13px", lineHeight: "1.5" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--tblr-secondary)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--wb-line)" },
  ".cm-cursor": { borderLeftColor: "var(--tblr-body-color)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--wb-selection)",
  },
  ".cm-panels, .cm-tooltip": {
    backgroundColor: "var(--tblr-bg-surface)",
    color: "inherit",
    borderColor: "var(--tblr-border-color)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--tblr-primary)", color: "var(--tblr-primary-fg)" },
  ".cm-searchMatch": { backgroundColor: "var(--wb-match)" },
});

export const appearance: Extension = [view, syntaxHighlighting(classHighlighter)];
