/** Icons for scripts. The build looks for literal names in calls of `icon`; the page names the sprite. */

const SVG = "http://www.w3.org/2000/svg";
const sprite = document.querySelector<HTMLMetaElement>('meta[name="icons"]')?.content ?? "";

/** An icon of the sprite; it says nothing to a reader of the screen. */
export function icon(name: string): SVGSVGElement {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  drawn.append(use);
  return drawn;
}
