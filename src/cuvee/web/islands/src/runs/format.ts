/** Values as people read them: the same as `web/words.py` writes. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A metric's value, short enough for a cell. */
export function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const written = value.toPrecision(6);
  const [mantissa = "", exponent] = written.split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return exponent === undefined ? short : `${short}e${exponent}`;
}

/** A stretch of time in its two largest units. */
export function duration(milliseconds: number): string {
  if (milliseconds < SECOND) return `${milliseconds} ms`;
  if (milliseconds < MINUTE) return `${(milliseconds / SECOND).toFixed(1)} s`;
  const parts = (large: number, name: string, small: number, smaller: string): string =>
    `${Math.floor(milliseconds / large)} ${name} ${Math.floor((milliseconds % large) / small)} ${smaller}`;
  if (milliseconds >= DAY) return parts(DAY, "d", HOUR, "h");
  if (milliseconds >= HOUR) return parts(HOUR, "h", MINUTE, "min");
  return parts(MINUTE, "min", SECOND, "s");
}

/** How many of something: `1 run`, `10,000 runs`. */
export function counted(count: number, one: string, several: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : several}`;
}

/** The colour of a run's state; its word stands beside it. */
export function tone(status: string): string {
  return { RUNNING: "blue", SCHEDULED: "azure", FINISHED: "green", FAILED: "red", KILLED: "orange" }[status] ?? "secondary";
}
