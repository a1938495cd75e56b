/** Blocks of code in what is rendered from Markdown get a button that copies them. */

import htmx from "./htmx.ts";
import { icon } from "./icon.ts";

export function handleSnippets(): void {
  htmx.onLoad((loaded) => {
    for (const block of (loaded as Element).querySelectorAll<HTMLElement>(".markdown pre")) offerCopy(block);
  });
}

function offerCopy(block: HTMLElement): void {
  if (block.parentElement?.classList.contains("snippet")) return;
  const around = document.createElement("div");
  around.className = "snippet";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn-copy";
  button.dataset["copy"] = block.textContent?.replace(/\n$/, "") ?? "";
  button.title = "Copy";
  button.setAttribute("aria-label", "Copy the code");
  button.append(icon("copy"));
  block.before(around);
  around.append(block, button);
}
