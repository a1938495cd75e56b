/** Says something to who cannot see the page: one polite live region, wherever a reader of the screen can hear it. */

const region = document.createElement("div");
region.className = "visually-hidden";
region.setAttribute("role", "status");

/** Announce a short sentence, from where `near` is: what lies behind an open dialog is not read. */
export function announce(sentence: string, near?: Element): void {
  const home = near?.closest("dialog") ?? document.body;
  if (region.parentElement !== home) home.append(region);
  region.textContent = "";
  // A region is read when it changes after it was empty.
  setTimeout(() => (region.textContent = sentence), 50);
}
