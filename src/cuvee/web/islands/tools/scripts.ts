/** The scripts, bundled by Vite; kept under `node_modules/.cuvee` so that a changed template does not bundle them again. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

export interface Scripts {
  /** Where the bundled files lie. */
  folder: string;
  files: string[];
  /** `later`: what an entry fetches only when it is needed, with its styles. */
  entries: Record<string, { file: string; imports: string[]; styles: string[]; later: string[] }>;
}

interface Chunk {
  file: string;
  name?: string;
  isEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
  css?: string[];
}

/** Bundle every entry, or find the bundle of the same sources. */
export async function bundle(islands: string): Promise<Scripts> {
  const cache = join(islands, "node_modules", ".cuvee");
  const folder = join(cache, `scripts-${digest(islands)}`);
  if (!existsSync(folder)) {
    const unfinished = join(cache, `unfinished-${process.pid}`);
    mkdirSync(cache, { recursive: true });
    const { build } = await import("vite");
    await build({ configFile: join(islands, "vite.config.ts"), build: { outDir: unfinished, emptyOutDir: true } });
    for (const name of readdirSync(cache)) if (name.startsWith("scripts-")) rmSync(join(cache, name), { recursive: true });
    renameSync(unfinished, folder);
  }
  return read(folder);
}

function read(folder: string): Scripts {
  const chunks = JSON.parse(readFileSync(join(folder, "vite.json"), "utf8")) as Record<string, Chunk>;
  const entries: Scripts["entries"] = {};
  for (const chunk of Object.values(chunks)) {
    if (!chunk.isEntry || !chunk.name) continue;
    const used = reachable(chunks, chunk, (each) => each.imports ?? []);
    const ever = reachable(chunks, chunk, (each) => [...(each.imports ?? []), ...(each.dynamicImports ?? [])]);
    const later = ever.filter((other) => !used.includes(other)).flatMap((other) => [other.file, ...(other.css ?? [])]);
    entries[chunk.name] = {
      file: chunk.file,
      imports: used.filter((other) => other !== chunk).map((other) => other.file),
      styles: [...new Set(used.flatMap((other) => other.css ?? []))],
      later: [...new Set(later)],
    };
  }
  return { folder, files: readdirSync(folder).filter((name) => name !== "vite.json"), entries };
}

function reachable(chunks: Record<string, Chunk>, from: Chunk, next: (chunk: Chunk) => string[]): Chunk[] {
  const found = new Set<Chunk>([from]);
  for (const chunk of found) for (const key of next(chunk)) if (chunks[key]) found.add(chunks[key]);
  return [...found];
}

function digest(islands: string): string {
  const hash = createHash("sha256");
  const sources = readdirSync(join(islands, "src"), { recursive: true, encoding: "utf8" }).map((name) => join("src", name));
  for (const name of ["package-lock.json", "vite.config.ts", "tsconfig.json", "tools/scripts.ts", ...sources].sort()) {
    if (/\.(json|ts|css|svg)$/.test(name)) hash.update(`${name}\0`).update(readFileSync(join(islands, name)));
  }
  return hash.digest("hex").slice(0, 20);
}
