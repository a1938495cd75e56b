/**
 * Builds what the pages load into `../static`: scripts (Vite), styles (Sass, without what no page uses), one sprite of icons.
 *
 * Run by the build hook with the digest of everything that goes in: `node tools/main.ts <digest>`.
 */

import { join } from "node:path";
import { publish } from "./publish.ts";
import { bundle } from "./scripts.ts";
import { readSources } from "./sources.ts";
import { sprite } from "./sprite.ts";
import { styles } from "./styles.ts";

const islands = join(import.meta.dirname, "..");

try {
  const sources = readSources(islands);
  const icons = sprite(islands, sources);
  const [scripts, sheets] = await Promise.all([bundle(islands), styles(islands, sources)]);
  publish(join(islands, "..", "static"), { digest: process.argv[2] ?? "", scripts, styles: sheets, icons });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
