/** Curves as the server sends them, asked for by the width of the picture. */

import type { Curve } from "./pictures.ts";

interface Sent {
  run_id: string;
  run_name: string;
  key: string;
  start_time: number;
  count: number;
  nan_count: number;
  steps: number[];
  times: number[];
  values: (number | string)[];
}

/** Fetch curves, or the part of them within two steps or times; `source` is an address such as `/experiments/1/runs/2/-/curves?key=loss`. */
export async function asked(source: string, width: number, byTime: boolean, within?: [number, number]): Promise<Curve[]> {
  const address = new URL(source, location.origin);
  address.searchParams.set("width", String(width));
  address.searchParams.set("x", byTime ? "time" : "step");
  if (within) {
    address.searchParams.set("first", String(Math.floor(within[0])));
    address.searchParams.set("last", String(Math.ceil(within[1])));
  }
  const reply = await fetch(address, { headers: { accept: "application/json" } });
  if (!reply.ok)
    throw new Error(
      reply.status === 400 ? "These are too many points for one picture: choose fewer." : "The curves could not be fetched.",
    );
  const { curves } = (await reply.json()) as { curves: Sent[] };
  const isOneRun = new Set(curves.map((sent) => sent.run_id)).size <= 1;
  const isOneKey = new Set(curves.map((sent) => sent.key)).size <= 1;
  return curves.map((sent) => received(sent, label(sent, isOneRun, isOneKey)));
}

function label(sent: Sent, isOneRun: boolean, isOneKey: boolean): string {
  if (isOneRun) return sent.key;
  return isOneKey ? sent.run_name : `${sent.run_name}: ${sent.key}`;
}

function received(sent: Sent, name: string): Curve {
  const odd = sent.values.flatMap((value, place) => (typeof value === "string" ? [`${value} at step ${sent.steps[place]}`] : []));
  if (sent.nan_count > odd.length) odd.push(`${sent.nan_count} NaN in all`);
  return {
    label: name,
    steps: sent.steps,
    times: sent.times,
    values: sent.values.map((value) => (typeof value === "string" ? null : value)),
    start: sent.start_time || (sent.times[0] ?? 0),
    count: sent.count,
    odd,
  };
}
