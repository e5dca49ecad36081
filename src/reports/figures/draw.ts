/** Draws with Observable Plot in a document that exists only in memory, and gives SVG text. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml, printable } from "../html.js";
import type { SeriesShape } from "../palette.js";
import { estimatedWidth, fitted, FONT_SIZE, type Labels } from "./labels.js";

/** Holds a figure in the page's colours, e.g. `fill="var(--after)"`. */
export interface Figure {
  /** Part of a file name. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen, with n and the kind of uncertainty: the caption. */
  readonly caption: string;
  readonly svg: string;
}

export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly symbol: "dot" | "ring" | "line" | SeriesShape;
}

/** Describes the few members of a DOM element that are used here; the library's own types want a browser's. */
interface DrawnElement {
  readonly outerHTML: string;
  textContent: string;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  querySelector(selector: string): DrawnElement | null;
  querySelectorAll(selector: string): Iterable<DrawnElement>;
  append(child: DrawnElement): void;
  remove(): void;
}

interface DrawingDocument {
  createElementNS(namespace: string, name: string): DrawnElement;
}

const SVG = "http://www.w3.org/2000/svg";
/** Sets the room above the plot for a legend of one line; each further line takes LINE_HEIGHT. */
const LEGEND_HEIGHT = 26;
const LINE_HEIGHT = 18;

const drawing = (parseHTML("<!doctype html><html><body></body></html>") as unknown as { document: DrawingDocument })
  .document;

/**
 * @param options of Plot.plot; colours are names of the palette as {@link colour} gives them
 * @param label what a screen reader says in place of the figure
 * @param labels of lines and columns: those that are shortened have the whole name in a tooltip
 * @returns one svg element without style sheets, styles or scripts; text of others is escaped
 */
export function draw(
  options: Plot.PlotOptions,
  label: string,
  legend: readonly LegendEntry[] = [],
  labels: readonly Labels[] = [],
): string {
  const { width = 640, height = 400, marginLeft = 40 } = options;
  const lines = legendLines(legend, marginLeft, width);
  const more = Math.max(0, lines.length - 1) * LINE_HEIGHT;
  const marginTop = (options.marginTop ?? 20) + (lines.length > 0 ? LEGEND_HEIGHT : 0) + more;
  const plot = Plot.plot as unknown as (options: object) => DrawnElement;
  const svg = plot({ ...options, height: height + more, marginTop, document: drawing });
  // A page that allows no inline styles would drop these, and say so in the console.
  svg.querySelector("style")?.remove();
  for (const name of ["style", "class"]) svg.removeAttribute(name);
  // The figure is one image with one label; groups inside it have no role that could carry one.
  for (const group of svg.querySelectorAll("[aria-label],[aria-description],[aria-hidden]")) {
    for (const name of ["aria-label", "aria-description", "aria-hidden"]) group.removeAttribute(name);
  }
  svg.setAttribute("xmlns", SVG);
  svg.setAttribute("role", "img");
  svg.setAttribute("font-size", String(FONT_SIZE));
  for (const [i, line] of lines.entries()) svg.append(line(14 + i * LINE_HEIGHT));
  nameWholly(svg, labels);
  // The label is put in by the one function that escapes for every place: XML forbids more in an attribute than HTML.
  return printable(svg.outerHTML).replace("<svg ", () => `<svg aria-label="${escapeHtml(label)}" `);
}

/** Lays a legend out in lines that fit the figure; each line is drawn at a height. */
function legendLines(
  entries: readonly LegendEntry[],
  marginLeft: number,
  width: number,
): ((y: number) => DrawnElement)[] {
  const longest = Math.max(...entries.map(({ label }) => 16 + estimatedWidth(label)));
  // A legend begins above the plot where there is room, else at the edge of the figure.
  const left = marginLeft + longest <= width ? marginLeft : 6;
  const room = width - left - 4;
  const lines: { entry: LegendEntry; text: string; x: number }[][] = [];
  let x = Infinity;
  for (const entry of entries) {
    const text = fitted(entry.label, room - 16);
    const own = 16 + estimatedWidth(text);
    if (x + own > room) {
      lines.push([]);
      x = 0;
    }
    lines.at(-1)?.push({ entry, text, x });
    x += own + 22;
  }
  return lines.map((line) => (y) => {
    const group = element("g", { "text-anchor": "start", transform: `translate(${left},${y})` });
    for (const { entry, text, x: at } of line) {
      group.append(symbolElement(entry.symbol, entry.colour, at));
      const written = element("text", { x: String(at + 16), y: "4", fill: "currentColor" });
      written.textContent = text;
      if (text !== entry.label) written.append(titleElement(entry.label));
      group.append(written);
    }
    return group;
  });
}

/** Gives shortened labels a tooltip with the whole name. */
function nameWholly(svg: DrawnElement, labels: readonly Labels[]): void {
  const whole = new Map(labels.flatMap((one) => [...one.whole]));
  if (whole.size === 0) return;
  for (const text of svg.querySelectorAll("text")) {
    const name = whole.get(text.textContent);
    if (name !== undefined) text.append(titleElement(name));
  }
}

function titleElement(text: string): DrawnElement {
  const title = element("title", {});
  title.textContent = text;
  return title;
}

function symbolElement(symbol: LegendEntry["symbol"], colour: string, x: number): DrawnElement {
  switch (symbol) {
    case "dot":
    case "circle":
      return element("circle", { cx: String(x + 6), cy: "0", r: "5", fill: colour });
    case "ring":
      return element("circle", {
        cx: String(x + 6),
        cy: "0",
        r: "4",
        fill: "none",
        stroke: colour,
        "stroke-width": "2",
      });
    case "square":
      return element("rect", { x: String(x), y: "-6", width: "12", height: "12", fill: colour });
    case "line":
      return element("path", { d: `M${x},0H${x + 12}`, stroke: colour, "stroke-width": "2.5" });
    case "triangle":
    case "diamond":
    case "star":
    case "cross":
      return element("path", { d: SHAPES[symbol], transform: `translate(${x + 6},0)`, fill: colour });
  }
}

/** Draws the shapes of series around 0, about 11 units wide. */
const SHAPES = {
  triangle: "M0,-6L5.5,4.5H-5.5Z",
  diamond: "M0,-6.5L4.5,0L0,6.5L-4.5,0Z",
  star: "M0,-6.5L1.6,-2L6.2,-2L2.6,0.9L3.8,5.3L0,2.7L-3.8,5.3L-2.6,0.9L-6.2,-2L-1.6,-2Z",
  cross: "M-2,-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z",
} as const;

function element(name: string, attributes: Readonly<Record<string, string>>): DrawnElement {
  const made = drawing.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
