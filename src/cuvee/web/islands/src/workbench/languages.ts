/** Which language a file is written in, by its name. */

import { json } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";
import { sql } from "@codemirror/lang-sql";
import { yaml } from "@codemirror/lang-yaml";
import type { Extension } from "@codemirror/state";

const BY_ENDING: Record<string, () => Extension> = {
  py: python,
  pyw: python,
  pyi: python,
  json: json,
  ipynb: json,
  md: markdown,
  markdown: markdown,
  sql: sql,
  yaml: yaml,
  yml: yaml,
};

export function languageOf(path: string): Extension {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const ending = name === "MLmodel" ? "yaml" : name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return BY_ENDING[ending]?.() ?? [];
}

/** Whether the session's kernel runs files like this. */
export function canRun(path: string): boolean {
  return /\.(py|pyw|ipy)$/i.test(path);
}
