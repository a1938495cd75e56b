/** The styles: each `src/style/NAME.scss` becomes a sheet NAME, without the rules that nothing in the pages can match. */

import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { PurgeCSS } from "purgecss";
import { compile } from "sass";
import { transform } from "lightningcss";
import type { Source } from "./sources.ts";

/** Colours that pages choose by a thing's state. */
const COLOURS = "primary|secondary|success|info|warning|danger|muted|blue|azure|cyan|green|lime|yellow|orange|red|purple";

/** What scripts set, and what Markdown or a library makes: no template names these. */
const KEPT = {
  standard: [
    /^data-bs-/,
    /^(show|showing|hiding|fade|active|disabled|collapsed?|collapsing|was-validated)$/,
    /^(modal|offcanvas)-(backdrop|open|static)$/,
    /^htmx-/,
    /^is-(in)?valid$/,
    /^(h[1-6]|p|a|ul|ol|li|dl|dt|dd|table|thead|tbody|tfoot|tr|th|td|caption|pre|code|kbd|blockquote|hr|img|em|strong|del|sub|sup|mark|small)$/,
    /^(input|textarea|select|option|optgroup|button|label|fieldset|legend|dialog|details|summary|output|progress|svg|iframe)$/,
    new RegExp(`^(bg|text|text-bg|badge|status|alert|btn|btn-outline|border|progress-bar)-(${COLOURS})(-lt|-fg)?$`),
  ],
  greedy: [/^data-bs-theme/],
};

/** Every sheet by name. */
export async function styles(islands: string, sources: Source[]): Promise<Record<string, string>> {
  const folder = join(islands, "src", "style");
  const names = readdirSync(folder).filter((name) => name.endsWith(".scss") && !name.startsWith("_"));
  const sheets = names.map(async (name) => [basename(name, ".scss"), await sheet(islands, join(folder, name), sources)] as const);
  return Object.fromEntries(await Promise.all(sheets));
}

async function sheet(islands: string, file: string, sources: Source[]): Promise<string> {
  const css = withPackages(compile(file).css, join(islands, "node_modules"));
  const content = sources.map(({ path, text }) => ({ raw: text, extension: path.split(".").pop() ?? "" }));
  const [purged] = await new PurgeCSS().purge({
    content,
    css: [{ raw: css }],
    defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+(?:[:/.][A-Za-z0-9_-]+)*|[A-Za-z0-9_-]+/g) ?? [],
    safelist: KEPT,
    keyframes: true,
    variables: false,
  });
  const small = transform({ filename: basename(file), code: Buffer.from(purged?.css ?? ""), minify: true });
  return Buffer.from(small.code).toString("utf8");
}

/** Sheets of packages, named by `@import url("package/sheet.css")`, put first. */
function withPackages(css: string, packages: string): string {
  const sheets: string[] = [];
  const own = css.replace(/@import url\("([^"]+)"\);/g, (_all, name: string) => {
    sheets.push(readFileSync(join(packages, name), "utf8").replace(/\/\*# sourceMappingURL=.*?\*\//, ""));
    return "";
  });
  return [...sheets, own].join("\n");
}
