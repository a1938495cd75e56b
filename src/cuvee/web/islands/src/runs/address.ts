/** What the address says about the table, kept there so that a link shows the same. */

const NAMES = ["filter", "sort", "show", "columns", "group", "by"] as const;

export type Name = (typeof NAMES)[number];
export type State = Record<Name, string>;

const USUAL: State = { filter: "", sort: "-created", show: "active", columns: "", group: "", by: "" };

/** Read the address. */
export function read(): State {
  const said = new URLSearchParams(location.search);
  const state = { ...USUAL };
  for (const name of NAMES) state[name] = said.get(name) || USUAL[name];
  return state;
}

/** Write it: into a new entry of the history, or over the present one. */
export function write(state: State, how: "push" | "replace"): void {
  const url = location.pathname + suffix(query(state));
  if (url === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}

/** What a request about the same runs says. */
export function query(state: State, names: readonly Name[] = NAMES): URLSearchParams {
  const said = new URLSearchParams();
  for (const name of names) if (state[name] && state[name] !== USUAL[name]) said.set(name, state[name]);
  return said;
}

/** A query as it stands behind a path. */
export function suffix(said: URLSearchParams): string {
  const text = said.toString();
  return text ? `?${text}` : "";
}
