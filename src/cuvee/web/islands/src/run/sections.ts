/** `<details data-keep="name">` is open or closed as it was left, on every page that has one of this name. */

const KEY = "sections";
const followed = new WeakSet<HTMLDetailsElement>();

export function keepSections(root: ParentNode): void {
  const known = read();
  for (const section of root.querySelectorAll<HTMLDetailsElement>("details[data-keep]")) {
    const name = section.dataset["keep"] ?? "";
    if (followed.has(section)) continue;
    followed.add(section);
    section.open = location.hash === `#${section.id}` || (known[name] ?? section.open);
    // A section that is opened by this script tells of it too, later: only what differs is written down.
    section.addEventListener("toggle", () => {
      const now = read();
      if (now[name] !== section.open) write({ ...now, [name]: section.open });
    });
  }
}

function read(): Record<string, boolean> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, boolean>;
  } catch {
    return {};
  }
}

function write(sections: Record<string, boolean>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(sections));
  } catch {
    // A browser that keeps nothing: the sections begin as the page has them.
  }
}
