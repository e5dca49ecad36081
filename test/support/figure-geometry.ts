/** Measures drawn figures in a browser: what is cut, what overlaps, what lies outside its axis. */

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

const SCRIPT = readFileSync(new URL("figure-geometry.client.js", import.meta.url), "utf8");

/** Returns one line for each text of a figure that is cut or overlaps another; empty where all is well. */
export async function badText(page: Page): Promise<string[]> {
  await page.evaluate(SCRIPT);
  return page.evaluate("badText()");
}

/** Holds where the marks of one figure with a numeric x axis lie, in values of the axis. */
export interface AxisMarks {
  readonly name: string;
  /** Ends of the axis. */
  readonly low: number;
  readonly high: number;
  /** Value of each dot. */
  readonly dots: readonly number[];
  /** Ends of each interval as its tooltip has them. */
  readonly intervals: readonly { readonly low: number; readonly high: number }[];
  /** Arrows at an end of the axis. */
  readonly arrows: number;
}

/** Reads figures back from what is drawn: the axis from its tick labels, its ends from the lines of the rows. */
export async function axisMarks(page: Page): Promise<AxisMarks[]> {
  await page.evaluate(SCRIPT);
  return page.evaluate("axisMarks()");
}
