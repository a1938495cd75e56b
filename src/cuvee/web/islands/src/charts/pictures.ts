/** What can be drawn: plain values, without a word about how. Whoever wants a chart makes one of these. */

export type Picture = Curves | Scatter | Parallel | Contour | Bars;

/** One metric of one run. The three columns are of equal length and rise by step, or by time. */
export interface Curve {
  label: string;
  steps: number[];
  /** Milliseconds since the epoch. */
  times: number[];
  /** Null where the value is no finite number. */
  values: (number | null)[];
  /** When the run began, for the axis of time passed. */
  start: number;
  /** Points that were logged; more than there are values when they were reduced. */
  count: number;
  /** Values that are no finite numbers, such as `NaN` at step 3. */
  odd: string[];
}

export interface Curves {
  kind: "curves";
  curves: Curve[];
  x: "step" | "time" | "relative";
  /** The part that is looked at, along the axis; everything when not given. */
  within?: [number, number];
  yName?: string;
  logX?: boolean;
  logY?: boolean;
  /** 0 for none, towards 1 for much. */
  smoothing?: number;
  /** Leave the outermost hundredth at both ends out of the picture; the values stay where they are. */
  hideOutliers?: boolean;
}

export interface Dot {
  label: string;
  /** Where a click leads. */
  href?: string;
  x: number;
  y: number;
  z?: number;
}

export interface Scatter {
  kind: "scatter";
  dots: Dot[];
  xName: string;
  yName: string;
  logX?: boolean;
  logY?: boolean;
}

/** The colour says `z`; between the dots it is guessed from those near by. */
export interface Contour {
  kind: "contour";
  dots: Required<Pick<Dot, "label" | "x" | "y" | "z">>[];
  xName: string;
  yName: string;
  zName: string;
}

export interface Parallel {
  kind: "parallel";
  /** Texts when any of the lines has one that is no number. */
  axes: string[];
  lines: { label: string; href?: string; values: (string | number | null)[] }[];
  /** The axis whose value colours the lines; the last when not given. */
  colourBy?: number;
}

export interface Bars {
  kind: "bars";
  /** What stands below each group of bars. */
  groups: string[];
  series: { label: string; values: (number | null)[] }[];
  yName?: string;
  logY?: boolean;
}
