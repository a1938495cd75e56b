/**
 * Times in the reader's own zone and language: `<time datetime data-relative>` says how long ago, `<time datetime data-local>`
 * says when; the whole of it is the title.
 */

import htmx from "./htmx.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export function handleTimes(): void {
  htmx.onLoad((added) => showTimes(added as Element));
  setInterval(() => showTimes(document), MINUTE);
}

/** Write the times in `root` anew; for scripts that add times by themselves. */
export function showTimes(root: ParentNode): void {
  const found = [...root.querySelectorAll<HTMLTimeElement>("time[data-relative], time[data-local]")];
  if (root instanceof HTMLTimeElement) found.push(root);
  for (const time of found) {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) continue;
    const text = time.hasAttribute("data-relative") ? ago(at, Date.now()) : moment.format(at);
    if (time.textContent !== text) time.textContent = text;
    time.title = whole.format(at);
  }
}

/** How long ago in one unit; a date when it is more than a month. */
export function ago(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance > 30 * DAY) return day.format(at);
  const said = distance < HOUR ? minutes(distance) : distance < DAY ? `${Math.round(distance / HOUR)} h` : days(distance);
  if (!said) return "just now";
  return at > now ? `in ${said}` : `${said} ago`;
}

function minutes(distance: number): string {
  return distance < MINUTE / 2 ? "" : `${Math.max(1, Math.round(distance / MINUTE))} min`;
}

function days(distance: number): string {
  const count = Math.round(distance / DAY);
  return count === 1 ? "1 day" : `${count} days`;
}
