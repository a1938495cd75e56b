/**
 * Keeps the page true. `[data-live="topic topic"]` gets the event `live` when one of its topics changed; one stream tells of all
 * topics on the page. The stream rests while nobody sees the page. Whatever was missed meanwhile, or while the server was away, is
 * made up for: when a stream opens, everything live is asked for anew. So is what changed while its part was on the way: the answer
 * may be older than the change, and the element that heard of it is gone from the page.
 */

import htmx from "./htmx.ts";
import { showConnection } from "./connection.ts";
import { throttle } from "./throttle.ts";

const MOST_TOPICS = 50;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

type Answered = CustomEvent<{ xhr: XMLHttpRequest }>;

let stream: EventSource | null = null;
let heard: ReadonlySet<string> = new Set();
let failures = 0;
/** When a topic last changed, and when a request was sent, in milliseconds of the page's clock. */
const changes = new Map<string, number>();
const sent = new WeakMap<XMLHttpRequest, number>();
let retry: ReturnType<typeof setTimeout> | undefined;

export function keepLive(): void {
  htmx.onLoad(follow);
  document.addEventListener("htmx:afterSwap", follow);
  document.addEventListener("htmx:beforeRequest", (event) => sent.set((event as Answered).detail.xhr, performance.now()));
  document.addEventListener("htmx:afterSettle", (event) => catchUp(event as Answered));
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : follow()));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", follow);
}

/** Listen to what is on the page now. */
function follow(): void {
  if (document.hidden) return;
  const wanted = topicsOnPage();
  if (wanted.size === 0) rest();
  else if (!stream || [...wanted].some((topic) => !heard.has(topic))) open(wanted);
}

function open(topics: ReadonlySet<string>): void {
  rest();
  heard = topics;
  const query = new URLSearchParams([...topics].map((topic) => ["topics", topic]));
  const opened = new EventSource(`/events?${query}`);
  stream = opened;
  // The first message: from here on nothing is missed.
  opened.addEventListener("hello", () => {
    failures = 0;
    showConnection("there");
    spread(topics);
  });
  opened.addEventListener("changed", (message) => {
    spread((JSON.parse((message as MessageEvent<string>).data) as { topics: string[] }).topics);
  });
  opened.addEventListener("error", () => {
    // A browser that can try again is without a connection; one that gave up was answered with a refusal.
    showConnection(opened.readyState === EventSource.CLOSED ? "refused" : "away");
    rest();
    failures += 1;
    retry = setTimeout(follow, Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)) * (0.75 + Math.random() / 2));
  });
}

/** Tell what is on the page of a change, and remember it for what is on the way. */
function spread(changed: Iterable<string>): void {
  const topics = new Set(changed);
  for (const topic of topics) changes.set(topic, performance.now());
  for (const element of liveElements()) if (topicsOf(element).some((topic) => topics.has(topic))) tell(element);
}

/** Tell what came with an answer of the changes since it was asked for. It could not be told before: htmx knows it only now. */
function catchUp(event: Answered): void {
  const since = sent.get(event.detail.xhr);
  if (since === undefined) return;
  const isBehind = (topic: string): boolean => (changes.get(topic) ?? -Infinity) >= since;
  for (const element of liveElements())
    if ((event.target as Element).contains(element) && topicsOf(element).some(isBehind)) tell(element);
}

function rest(): void {
  clearTimeout(retry);
  stream?.close();
  stream = null;
}

/** Tell an element, at most twice a second, and always of the last change. */
const tell = throttle((element: Element) => {
  if (element.isConnected) htmx.trigger(element, "live", {});
});

function topicsOnPage(): ReadonlySet<string> {
  return new Set([...new Set([...liveElements()].flatMap(topicsOf))].slice(0, MOST_TOPICS));
}

function liveElements(): Iterable<HTMLElement> {
  return document.querySelectorAll<HTMLElement>("[data-live]");
}

function topicsOf(element: HTMLElement): string[] {
  return (element.dataset["live"] ?? "").split(/\s+/).filter(Boolean);
}
