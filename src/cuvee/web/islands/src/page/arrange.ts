/** Put children in order, touching only those that are not in their place yet: the others keep focus, scroll and a click under way. */
export function arrange(parent: Element, wanted: Element[]): void {
  const staying = new Set(wanted);
  for (const old of [...parent.children]) if (!staying.has(old)) old.remove();
  wanted.forEach((child, place) => {
    if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] ?? null);
  });
}
