// A QR code as SVG, made of elements: black on a white plate in the dark, too, since many a phone reads no other.
import { correction, generate } from "lean-qr/nano";

const SVG = "http://www.w3.org/2000/svg";
/** The white around it that readers ask for, in modules. */
const QUIET = 4;

/** Draws it into an element, in place of what is there; the plate is that element's own. */
export function drawQr(place: HTMLElement, text: string): void {
  const code = generate(text, { minCorrectionLevel: correction.L });
  const side = code.size + QUIET * 2;
  let path = "";
  for (let y = 0; y < code.size; y++)
    for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
  const svg = document.createElementNS(SVG, "svg");
  const modules = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  modules.setAttribute("d", path);
  svg.append(modules);
  place.replaceChildren(svg);
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `QR code of ${text}`);
}
