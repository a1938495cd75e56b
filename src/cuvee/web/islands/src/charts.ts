/** Curves and comparisons of runs, drawn by ECharts. */

export {};
