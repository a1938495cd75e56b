/** Colours of a picture, by the page's theme. The line colours are told apart with common colour blindness too. */

const LINES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#6f42c1", "#999999", "#b00058", "#3d7a00"];
const LINES_DARK = ["#56a9e8", "#f28e4b", "#2fc79a", "#e49ac6", "#e0c341", "#8fd0f7", "#b197fc", "#b5b5b5", "#ff6fa3", "#9ad14b"];
/** From low to high; every step stands out from the page behind it. */
const SCALE = ["#30123b", "#3e5bc4", "#2ea6b5", "#5fb32e", "#d99a00", "#d2430f"];
const SCALE_DARK = ["#8b80f0", "#5f9df7", "#35c1c4", "#86d95a", "#f7c948", "#f47b4a"];

export interface Colours {
  lines: string[];
  text: string;
  faint: string;
  grid: string;
  surface: string;
  scale: string[];
}

export function isDark(): boolean {
  return document.documentElement.dataset["bsTheme"] === "dark";
}

export function colours(): Colours {
  return isDark()
    ? { lines: LINES_DARK, scale: SCALE_DARK, text: "#dce1e7", faint: "#9aa5b1", grid: "#333f4d", surface: "#1b2430" }
    : { lines: LINES, scale: SCALE, text: "#1f2937", faint: "#5b6675", grid: "#dfe4ea", surface: "#ffffff" };
}
