/**
 * Puts what was built into `static`: names carry the hash of the content, each file lies beside its compressed forms, and the
 * manifest is replaced last, in one step, so that a reader always finds what it names.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Scripts } from "./scripts.ts";
import type { Sprite } from "./sprite.ts";

export interface Built {
  digest: string;
  scripts: Scripts;
  styles: Record<string, string>;
  icons: Sprite;
}

interface Entry {
  script: string;
  imports: string[];
  styles: string[];
  later: string[];
}

const COMPRESSED = new Set([".js", ".css", ".svg", ".json", ".wasm"]);
/** A server that runs keeps serving what it knows: files of earlier builds go a day later. */
const KEPT_FOR = 24 * 3600 * 1000;

/** Write everything, then the manifest, then clear away what is old. */
export function publish(folder: string, built: Built): void {
  mkdirSync(folder, { recursive: true });
  const files: Record<string, string[]> = {};
  const put = (name: string, content: Buffer): string => {
    files[name] = write(folder, name, content);
    return name;
  };
  for (const name of built.scripts.files) put(name, readFileSync(join(built.scripts.folder, name)));
  const sheets: Record<string, string> = {};
  for (const [name, css] of Object.entries(built.styles)) sheets[name] = put(hashed(name, "css", css), Buffer.from(css));
  const icons = put(hashed("icons", "svg", built.icons.svg), Buffer.from(built.icons.svg));
  const entries: Record<string, Entry> = {};
  for (const name of new Set([...Object.keys(built.scripts.entries), ...Object.keys(sheets)])) {
    const script = built.scripts.entries[name];
    const own = sheets[name] === undefined ? [] : [sheets[name]];
    const { imports = [], styles = [], later = [] } = script ?? {};
    entries[name] = { script: script?.file ?? "", imports, styles: [...own, ...styles], later };
  }
  const manifest = { digest: built.digest, entries, sprite: icons, icons: built.icons.names, files };
  replace(join(folder, "manifest.json"), Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
  clear(folder, files);
}

/** Write a file and its compressed forms, where they are smaller; returns which there are. */
function write(folder: string, name: string, content: Buffer): string[] {
  const path = join(folder, name);
  if (!COMPRESSED.has(extname(name))) {
    if (!existsSync(path)) replace(path, content);
    return [];
  }
  // The name says the content: what is there already is right.
  if (!existsSync(`${path}.br`)) {
    replace(path, content);
    replace(`${path}.gz`, gzipSync(content, { level: 9 }));
    const size = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length, [constants.BROTLI_PARAM_QUALITY]: 11 };
    replace(`${path}.br`, brotliCompressSync(content, { params: size }));
  }
  return ["br", "gz"];
}

function replace(path: string, content: Buffer): void {
  const unfinished = `${path}.${process.pid}.unfinished`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, path);
}

function hashed(name: string, extension: string, content: string): string {
  return `${name}-${createHash("sha256").update(content).digest("base64url").slice(0, 8)}.${extension}`;
}

function clear(folder: string, files: Record<string, string[]>): void {
  const wanted = new Set(Object.entries(files).flatMap(([name, forms]) => [name, ...forms.map((form) => `${name}.${form}`)]));
  for (const name of readdirSync(folder)) {
    const isOurs = wanted.has(name) || name === "manifest.json" || name.startsWith(".");
    const path = join(folder, name);
    if (!isOurs && Date.now() - statSync(path).mtimeMs > KEPT_FOR) rmSync(path, { force: true });
  }
}
