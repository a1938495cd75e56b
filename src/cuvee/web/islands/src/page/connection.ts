/** The banner `#connection`: there while the page is not kept up to date, gone when it is again. */

export type Connection = "there" | "away" | "refused";

const SENTENCES = {
  away: "Connection lost. Trying again…",
  refused: "This page is not kept up to date at the moment. Trying again…",
};
/** A server that starts again is back before anybody needs to know. */
const PATIENCE = 1_500;

let shown: ReturnType<typeof setTimeout> | undefined;

export function showConnection(state: Connection): void {
  const banner = document.querySelector<HTMLElement>("#connection");
  if (!banner) return;
  if (state === "there") {
    clearTimeout(shown);
    shown = undefined;
    banner.hidden = true;
    return;
  }
  shown ??= setTimeout(() => {
    banner.hidden = false;
    banner.textContent = SENTENCES[state];
  }, PATIENCE);
}
