/** What a page is made of: templates, the Python that renders them, and the islands. Icons and classes are looked for in these. */

import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

export interface Source {
  path: string;
  text: string;
}

const KINDS = new Set([".html", ".py", ".ts"]);
const ELSEWHERE = new Set(["node_modules", "tools", "__pycache__", "static"]);

/** Every source of the web room, in a fixed order. */
export function readSources(islands: string): Source[] {
  return [...walk(join(islands, ".."))].sort().map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !ELSEWHERE.has(entry.name)) yield* walk(path);
    else if (entry.isFile() && KINDS.has(extname(entry.name))) yield path;
  }
}
