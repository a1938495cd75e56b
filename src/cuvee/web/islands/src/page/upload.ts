/**
 * Files from the reader's machine. `form[data-upload]` sends what is chosen in its `[data-pick]` fields, or dropped on it or on the
 * element whose `data-drop` names it, to its address, and shows how far it is in `[data-upload-progress]`. `form[data-upload-after]`
 * creates something first, and sends the files of the part it names to where the answer leads.
 */

import htmx from "./htmx.ts";
import { announce } from "./announce.ts";

interface Picked {
  file: File;
  /** Where it goes, relative to the folder. */
  path: string;
}

/** Files of one request: the server takes more, but progress and refusals come sooner. */
const MOST_FILES = 500;
const MOST_BYTES = 2 ** 30;

export function handleUploads(): void {
  htmx.onLoad((loaded) => {
    for (const form of (loaded as Element).querySelectorAll("form[data-upload]")) prepare(form as HTMLFormElement);
  });
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    if (!field.matches("[data-pick]")) return;
    const form = field.closest<HTMLFormElement>("form[data-upload]");
    if (form) void send(form, chosen(form));
    else tellChosen(field);
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"] as const) {
    document.addEventListener(kind, (event) => onDrag(event));
  }
  document.addEventListener("htmx:beforeOnLoad", (event) =>
    afterCreation(event as CustomEvent<{ xhr: XMLHttpRequest; elt: Element }>),
  );
}

/** With scripts, choosing is enough: the button is for browsers without. */
function prepare(form: HTMLFormElement): void {
  for (const button of form.querySelectorAll<HTMLElement>("[data-no-script]")) button.hidden = true;
}

function onDrag(event: DragEvent): void {
  const over = (event.target as Element | null)?.closest?.<HTMLElement>("[data-drop], form[data-upload]");
  if (!over || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  over.classList.toggle("is-over", event.type === "dragenter" || event.type === "dragover");
  if (event.type !== "drop") return;
  const form = document.querySelector<HTMLFormElement>(over.dataset["drop"] ?? `#${over.id}`);
  const dropped = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (form) void Promise.all(dropped.map(filesOf)).then((found) => send(form, found.flat()));
}

/** The files of a dropped entry, those of a folder with the folder's name before theirs. */
async function filesOf(entry: FileSystemEntry): Promise<Picked[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
    return [{ file, path: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Picked[] = [];
  for (;;) {
    // A reader gives a hundred at a time, and none when it is at the end.
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return found;
    for (const inner of some) found.push(...(await filesOf(inner)));
  }
}

function chosen(within: Element): Picked[] {
  const fields = [...within.querySelectorAll<HTMLInputElement>("input[data-pick]")];
  return fields
    .flatMap((field) => [...(field.files ?? [])])
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

function tellChosen(field: HTMLInputElement): void {
  const part = field.closest("[id]:not(input)");
  const told = part?.querySelector("[data-picked]");
  if (!part || !told) return;
  const files = chosen(part);
  told.textContent = files.length === 1 ? (files[0]?.path ?? "") : `${files.length} files, ${size(total(files))}`;
}

async function send(form: HTMLFormElement, files: Picked[]): Promise<void> {
  const url = await sendAll(form.action, files, form);
  form.reset();
  if (url) location.assign(url);
}

/** The project was made: its files follow before the reader is led to it. */
function afterCreation(event: CustomEvent<{ xhr: XMLHttpRequest; elt: Element }>): void {
  const { xhr, elt } = event.detail;
  const led = xhr.getResponseHeader("HX-Redirect");
  const part =
    elt instanceof HTMLFormElement && elt.dataset["uploadAfter"] ? elt.querySelector(elt.dataset["uploadAfter"]) : null;
  if (!led?.endsWith("/files") || !part) return;
  const files = chosen(part);
  if (files.length === 0) return;
  event.preventDefault();
  void sendAll(led.replace(/\/files$/, "/-/upload"), files, elt as HTMLFormElement).then((url) => url && location.assign(led));
}

/** Send files in as many requests as it takes; where the last answer leads, or nothing when one was refused. */
async function sendAll(url: string, files: Picked[], form: HTMLFormElement): Promise<string | null> {
  const shown = new Progress(form.querySelector<HTMLElement>("[data-upload-progress]"), files);
  form.querySelector(".form-error")?.replaceChildren();
  let led: string | null = null;
  for (const batch of batches(files)) {
    const answer = await post(url, batch, shown);
    if (answer.status >= 400 || answer.status === 0) {
      shown.end();
      refuse(form, answer);
      return null;
    }
    led = answer.getResponseHeader("HX-Redirect");
    shown.sent += total(batch);
  }
  if (files.length > 0) announce("Uploaded", form);
  return led;
}

function* batches(files: Picked[]): Generator<Picked[]> {
  let batch: Picked[] = [];
  for (const each of files) {
    if (batch.length > 0 && (batch.length >= MOST_FILES || total(batch) + each.file.size > MOST_BYTES)) {
      yield batch;
      batch = [];
    }
    batch.push(each);
  }
  if (batch.length > 0) yield batch;
}

function post(url: string, files: Picked[], shown: Progress): Promise<XMLHttpRequest> {
  const body = new FormData();
  for (const { file, path } of files) body.append("files", file, path);
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.setRequestHeader("HX-Request", "true");
  request.upload.addEventListener("progress", (event) => shown.show(event.loaded));
  return new Promise((done) => {
    request.addEventListener("loadend", () => done(request));
    request.send(body);
  });
}

function refuse(form: HTMLFormElement, answer: XMLHttpRequest): void {
  const place = form.querySelector(".form-error");
  if (!place) return;
  if (answer.status === 0) place.textContent = "The upload was interrupted: the server could not be reached. Try again.";
  else htmx.swap(place, answer.responseText, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
}

/** A bar with words: how much of all files is sent. */
class Progress {
  sent = 0;
  private readonly bar = document.createElement("progress");
  private readonly words = document.createElement("span");
  private readonly all: number;

  private readonly place: HTMLElement | null;

  constructor(place: HTMLElement | null, files: Picked[]) {
    this.place = place;
    this.all = total(files);
    this.bar.className = "progress progress-sm";
    this.bar.max = Math.max(1, this.all);
    this.bar.setAttribute("aria-label", "Uploading");
    place?.replaceChildren(this.words, this.bar);
    if (place) place.hidden = files.length === 0;
    this.show(0);
  }

  show(loaded: number): void {
    const now = Math.min(this.all, this.sent + loaded);
    this.bar.value = now;
    this.words.textContent = `Uploading ${size(now)} of ${size(this.all)}`;
  }

  end(): void {
    if (this.place) this.place.hidden = true;
  }
}

function total(files: Picked[]): number {
  return files.reduce((sum, { file }) => sum + file.size, 0);
}

function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
