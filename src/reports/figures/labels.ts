/** Shortens the names of lines and columns of a figure so that they fit and stay distinct. */

import { shortened } from "../../base/wording.js";

export const FONT_SIZE = 12;

/**
 * Lists the widths of characters in ems: those of DejaVu Sans, in which pictures are drawn, and no font of a page is
 * wider.
 */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/[iljI.,:;'|!()[\]/\\ ]/, 0.4],
  [/[frt"*-]/, 0.46],
  [/[mMwW@%…—]/, 1],
  [/[A-Z0-9_]/, 0.72],
  [/[^ -\u024f\u2010-\u2030]/, 1.1],
];

/** Estimates the width of a text in pixels at the figures' font size, rather too wide than too narrow. */
export function estimatedWidth(text: string): number {
  const ems = Array.from(text).map((char) => WIDTHS.find(([set]) => set.test(char))?.[1] ?? 0.63);
  return FONT_SIZE * ems.reduce((sum, width) => sum + width, 0);
}

/** Returns the longest beginning and end of a name that take at most so many pixels. */
export function fitted(name: string, pixels: number): string {
  let longest = Array.from(name).length;
  let text = name;
  while (longest > 4 && estimatedWidth(text) > pixels) text = shortened(name, --longest);
  return text;
}

/** Holds the labels of the lines or columns of one figure. */
export class Labels {
  private readonly labels: ReadonlyMap<string, string>;

  /** @param longest characters of a label */
  constructor(names: readonly string[], longest: number) {
    this.labels = distinct([...new Set(names)], longest);
  }

  of(name: string): string {
    return this.labels.get(name) ?? name;
  }

  /** Width of the widest label, in pixels. */
  get width(): number {
    return Math.max(0, ...[...this.labels.values()].map(estimatedWidth));
  }

  /** Whole names by label, of those that were shortened. */
  get whole(): ReadonlyMap<string, string> {
    return new Map([...this.labels].flatMap(([name, label]) => (name === label ? [] : [[label, name] as const])));
  }
}

/**
 * Shortens in the middle; of names that would look alike, shows the place where they part, and numbers what is left.
 */
function distinct(names: readonly string[], longest: number): Map<string, string> {
  const labels = new Map(names.map((name) => [name, shortened(name, longest)]));
  const alike = (label: string) => names.filter((name) => labels.get(name) === label);
  for (const label of new Set(labels.values())) {
    const group = alike(label);
    if (group.length < 2) continue;
    const parting = commonStart(group);
    for (const name of group) {
      const characters = Array.from(name);
      const from = Math.min(Math.max(0, parting - 3), characters.length - longest + 1);
      labels.set(name, `…${shortened(characters.slice(from).join(""), longest - 1)}`);
    }
  }
  for (const label of new Set(labels.values())) {
    for (const [i, name] of alike(label).entries()) if (i > 0) labels.set(name, `${label} (${i + 1})`);
  }
  return labels;
}

/** Counts the characters that all names begin with. */
function commonStart([first = "", ...others]: readonly string[]): number {
  const characters = Array.from(first);
  const parting = characters.findIndex((char, i) => others.some((other) => Array.from(other)[i] !== char));
  return parting < 0 ? characters.length : parting;
}
