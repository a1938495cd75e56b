/** `[data-copy]` copies its value, or the text of the element that `data-copy-from` selects, and says so. */

import { announce } from "./announce.ts";
import { icon } from "./icon.ts";

const SHOWN_FOR = 1_600;

export function handleCopying(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy], [data-copy-from]");
    if (button) void copy(button);
  });
}

async function copy(button: HTMLElement): Promise<void> {
  const done = await write(textOf(button), button);
  announce(done ? "Copied" : "Copying is not allowed here", button);
  if (done) showDone(button);
}

function textOf(button: HTMLElement): string {
  const from = button.dataset["copyFrom"];
  if (!from) return button.dataset["copy"] ?? "";
  const source = document.querySelector(from);
  return source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement ? source.value : (source?.textContent ?? "");
}

/** The clipboard is only there over HTTPS and on this machine; elsewhere a selected text is copied. */
async function write(text: string, near: Element): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  (near.closest("dialog") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  (near as HTMLElement).focus();
  return done;
}

function showDone(button: HTMLElement): void {
  const drawn = button.querySelector("svg.icon");
  button.classList.add("is-copied");
  if (!drawn || button.dataset["copied"]) return;
  const check = icon("check");
  button.dataset["copied"] = "true";
  drawn.replaceWith(check);
  setTimeout(() => {
    check.replaceWith(drawn);
    button.classList.remove("is-copied");
    delete button.dataset["copied"];
  }, SHOWN_FOR);
}
