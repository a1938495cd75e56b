/**
 * One SVG file with the Tabler icons that the pages name.
 *
 * A name is found where a page says `icon("name")`, or in a comment `icons: name name` where names are put together in code.
 * `star-filled` is the filled form of `star`.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "./sources.ts";

export interface Sprite {
  svg: string;
  names: string[];
}

const CALL = /\bicon\(\s*["']([a-z0-9-]+)["']/g;
const COMMENT = /(?:\{#-?|#|\/\/)\s*icons:\s*([a-z0-9][a-z0-9 -]*)/g;

/** The sprite of every icon named in `sources`; a name that Tabler does not have is an error. */
export function sprite(islands: string, sources: Source[]): Sprite {
  const wanted = new Map<string, string>();
  for (const { path, text } of sources) for (const name of named(text)) if (!wanted.has(name)) wanted.set(name, path);
  const names = [...wanted.keys()].sort();
  const symbols = names.map((name) => symbol(islands, name, wanted.get(name) ?? ""));
  return { svg: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`, names };
}

function named(text: string): string[] {
  const called = [...text.matchAll(CALL)].map((match) => match[1] ?? "");
  const listed = [...text.matchAll(COMMENT)].flatMap((match) => (match[1] ?? "").replace(/-+$/, "").trim().split(/\s+/));
  return [...called, ...listed];
}

function symbol(islands: string, name: string, where: string): string {
  const icons = join(islands, "node_modules", "@tabler", "icons", "icons");
  const outline = join(icons, "outline", `${name}.svg`);
  const filled = join(icons, "filled", `${name.replace(/-filled$/, "")}.svg`);
  const isFilled = name.endsWith("-filled") && existsSync(filled);
  if (!isFilled && !existsSync(outline)) throw new Error(`${where} names an icon that Tabler does not have: ${name}`);
  const paint = isFilled
    ? 'fill="currentColor" stroke="none"'
    : 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${shapes(readFileSync(isFilled ? filled : outline, "utf8"))}</symbol>`;
}

/** What is drawn, without the frame around it and without the invisible box. */
function shapes(svg: string): string {
  const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return inner.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s*\n\s*/g, "");
}
