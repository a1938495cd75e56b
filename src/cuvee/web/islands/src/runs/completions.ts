/** What can stand next in a filter: names, comparisons, values, words between. No page, no server. */

import type { Offered } from "./model.ts";

const TOKEN = /'(?:[^']|'')*'?|"[^"]*"?|[A-Za-z_`][\w`]*(?:\.(?:`[^`]*`?|[\w./:-]*))?|<=|>=|!=|<>|[=<>(),]|[^\s]/g;
const ATTRIBUTES = ["status", "start_time", "end_time", "duration", "run_name", "run_id", "user_id"];
const STATUSES = ["FINISHED", "RUNNING", "FAILED", "KILLED", "SCHEDULED"];
const OPERATORS = {
  number: ["<", "<=", "=", "!=", ">=", ">"],
  text: ["=", "!=", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL"],
};
const WORDS = new Set(["AND", "OR", "NOT"]);
const COMPARISONS = new Set(["=", "!=", "<>", "<", "<=", ">", ">=", "LIKE", "ILIKE"]);
const MOST = 12;

export interface Completion {
  text: string;
  /** What kind of thing it is, for the reader. */
  kind: string;
}

export interface Completions {
  /** Where what is completed begins. */
  start: number;
  options: Completion[];
}

/** What can stand where the caret is. */
export function completionsAt(text: string, caret: number, offered: Offered): Completions {
  const tokens = [...text.slice(0, caret).matchAll(TOKEN)];
  const last = tokens.at(-1);
  const isWithin = last !== undefined && last.index + last[0].length === caret && /^[\w`'"]/.test(last[0]);
  const start = isWithin ? last.index : caret;
  const before = (isWithin ? tokens.slice(0, -1) : tokens).map((token) => token[0]);
  const typed = isWithin ? last[0] : "";
  return { start, options: fitting(candidates(before, offered), typed) };
}

function candidates(before: string[], offered: Offered): Completion[] {
  const previous = before.at(-1)?.toUpperCase();
  if (previous === undefined || WORDS.has(previous) || previous === "(") return names(offered);
  if (COMPARISONS.has(previous)) return values(before.at(-2) ?? "");
  if (isName(before.at(-1) ?? "") && !COMPARISONS.has((before.at(-2) ?? "").toUpperCase())) return operators(before.at(-1) ?? "");
  return ["AND", "OR"].map((word) => ({ text: word, kind: "" }));
}

function names(offered: Offered): Completion[] {
  const written = (kind: string, keys: string[], said: string): Completion[] =>
    keys.map((key) => ({ text: `${kind}.${/^[\w][\w./:]*$/.test(key) ? key : `\`${key}\``}`, kind: said }));
  return [
    ...written("metrics", offered.metrics, "metric"),
    ...written("params", offered.params, "parameter"),
    ...ATTRIBUTES.map((name) => ({ text: name, kind: "run" })),
    ...written("tags", offered.tags, "tag"),
    { text: "NOT", kind: "" },
  ];
}

function operators(name: string): Completion[] {
  const isNumber = /^metrics?\./i.test(name) || /^(start_time|end_time|duration|created)$/i.test(name);
  const hasNull = /^(params?|parameters?|tags?)\./i.test(name);
  const known = isNumber ? OPERATORS.number : OPERATORS.text.filter((word) => hasNull || !word.startsWith("IS"));
  return known.map((word) => ({ text: word, kind: "" }));
}

function values(name: string): Completion[] {
  return name.toLowerCase().endsWith("status") ? STATUSES.map((status) => ({ text: `'${status}'`, kind: "" })) : [];
}

function isName(token: string): boolean {
  return /^[A-Za-z_`]/.test(token) && !/^(NULL|IN|IS|LIKE|ILIKE)$/i.test(token);
}

/** Those that begin with what is typed, then those that contain it. */
function fitting(options: Completion[], typed: string): Completion[] {
  const wanted = typed.toLowerCase().replaceAll("`", "");
  const place = ({ text }: Completion): number => {
    const name = text.toLowerCase().replaceAll("`", "");
    if (name === wanted) return -1;
    if (name.startsWith(wanted)) return 0;
    return name.includes(wanted) ? 1 : -1;
  };
  const sorted = [0, 1].flatMap((rank) => options.filter((option) => place(option) === rank));
  return sorted.slice(0, MOST);
}
