/** What the server says about a table of runs; `web/pages/experiment_table.py` writes it. */

export type Cell = number | string | null | [name: string, url: string][];

/** A run as a row. */
export type Row = [
  id: string,
  name: string,
  status: string,
  stage: string,
  start: number,
  end: number | null,
  /** How many runs are under it. */
  children: number,
  cells: Cell[],
];

export interface Rows {
  total: number;
  /** Runs under these rows that are not rows themselves. */
  folded: number;
  offset: number;
  rows: Row[];
}

/** Runs whose parameter has one value; null for those without it. */
export type Group = [value: string | null, count: number, mean: number | null, least: number | null, greatest: number | null];

export interface Column {
  name: string;
  title: string;
  kind: "metrics" | "params" | "tags" | "extra";
}

export type Offered = Record<Column["kind"], string[]>;

export interface Config {
  path: string;
  columns: Column[];
  usual: string[];
  offered: Offered;
  /** Column → its title, where that is not the key. */
  titles: Record<string, string>;
  mayWrite: boolean;
  /** Whether the filter of the address could not be read. */
  isRefused: boolean;
  window: Rows;
  groups: Group[];
}

/** What the server says about a filter that it cannot read. */
export interface Refusal {
  error: string;
  hint: string;
  start: number | null;
  end: number | null;
}

/** The column of a name. */
export function columnOf(name: string, titles: Record<string, string>): Column {
  const dot = name.indexOf(".");
  const kind = dot < 0 ? "extra" : (name.slice(0, dot) as Column["kind"]);
  return { name, kind, title: titles[name] ?? name.slice(dot + 1) };
}
