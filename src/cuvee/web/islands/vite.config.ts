/** How Vite bundles the scripts: one entry per kind of page, shared parts in chunks, names that carry their content's hash. */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { defineConfig } from "vite";

const sources = join(import.meta.dirname, "src");
const entries = readdirSync(sources).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));

export default defineConfig({
  root: sources,
  base: "/static/",
  publicDir: false,
  logLevel: "warn",
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    target: "es2022",
    manifest: "vite.json",
    // Chunks are named in the page; a loader of ours would be one more script.
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
    rolldownOptions: {
      // htmx could evaluate text; the page's settings and the Content-Security-Policy forbid it.
      checks: { eval: false },
      input: Object.fromEntries(entries.map((name) => [basename(name, ".ts"), join(sources, name)])),
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
});
