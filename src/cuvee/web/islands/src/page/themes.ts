/** The theme: `[data-theme-set]` chooses light, dark or auto, kept in a cookie; `theme.ts` put the page's first theme on. */

const YEAR = 365 * 24 * 3600;
const system = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

export function handleThemes(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-theme-set]");
    if (button) choose(button.dataset["themeSet"] ?? "auto");
  });
  system.addEventListener("change", show);
}

function choose(theme: string): void {
  document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
  root.dataset["theme"] = theme;
  for (const button of document.querySelectorAll<HTMLElement>("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset["themeSet"] === theme));
  }
  show();
}

/** Put the theme on the page; `themechange` tells charts and editors, which draw their own colours. */
function show(): void {
  const chosen = root.dataset["theme"];
  const dark = chosen === "dark" || (chosen !== "light" && system.matches);
  root.dataset["bsTheme"] = dark ? "dark" : "light";
  document.dispatchEvent(new CustomEvent("themechange", { detail: { dark } }));
}
