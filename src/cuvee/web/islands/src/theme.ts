/** Puts the chosen theme on the page before it is painted. A script of its own that blocks: it imports nothing. */

(() => {
  const root = document.documentElement;
  const chosen = root.dataset["theme"];
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset["bsTheme"] = dark ? "dark" : "light";
})();

export {};
