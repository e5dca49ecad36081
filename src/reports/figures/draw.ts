/** Draws with Observable Plot in a document that exists only in memory, and gives SVG text. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml, printable } from "../html.js";

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
  readonly symbol: "dot" | "ring" | "line" | "square";
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
const FONT_SIZE = 12;
/** Sets the room above the plot for a legend. */
const LEGEND_HEIGHT = 26;

const drawing = (parseHTML("<!doctype html><html><body></body></html>") as unknown as { document: DrawingDocument })
  .document;

/**
 * @param options of Plot.plot; colours are names of the palette as {@link colour} gives them
 * @param label what a screen reader says in place of the figure
 * @returns one svg element without style sheets, styles or scripts; text of others is escaped
 */
export function draw(options: Plot.PlotOptions, label: string, legend: readonly LegendEntry[] = []): string {
  const marginTop = (options.marginTop ?? 20) + (legend.length > 0 ? LEGEND_HEIGHT : 0);
  const plot = Plot.plot as unknown as (options: object) => DrawnElement;
  const svg = plot({ ...options, marginTop, document: drawing });
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
  if (legend.length > 0) svg.append(legendGroup(legend, options.marginLeft ?? 40));
  // The label is put in by the one function that escapes for every place: XML forbids more in an attribute than HTML.
  return printable(svg.outerHTML).replace("<svg ", () => `<svg aria-label="${escapeHtml(label)}" `);
}

function legendGroup(entries: readonly LegendEntry[], left: number): DrawnElement {
  const group = element("g", { "text-anchor": "start", transform: `translate(${left},14)` });
  let x = 0;
  for (const { label, colour, symbol } of entries) {
    group.append(symbolElement(symbol, colour, x));
    const text = element("text", { x: String(x + 16), y: "4", fill: "currentColor" });
    text.textContent = label;
    group.append(text);
    x += 16 + 22 + estimatedWidth(label);
  }
  return group;
}

function symbolElement(symbol: LegendEntry["symbol"], colour: string, x: number): DrawnElement {
  switch (symbol) {
    case "dot":
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
  }
}

function element(name: string, attributes: Readonly<Record<string, string>>): DrawnElement {
  const made = drawing.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Estimates the width of a text in pixels at the figures' font size: what fonts without serifs take on average. */
export function estimatedWidth(text: string): number {
  return Array.from(text).length * FONT_SIZE * 0.56;
}
