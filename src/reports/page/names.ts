/** Shortens the long names of a study wherever they stand in its words. */

import type { Analysis } from "../../analysis/document/document.js";
import { Labels } from "../figures/labels.js";
import { html, type Html } from "../html.js";

/** Limits the characters of a name in a page; the whole of a longer one is in its tooltip. */
export const LONGEST_NAME = 64;
/** Limits each name in the name of a pair of checkpoints. */
export const LONGEST_IN_PAIR = 40;

interface Known {
  readonly pattern: RegExp;
  readonly labels: Labels;
}

const known = new WeakMap<Analysis, Map<number, Known | null>>();

/**
 * Writes a text in which names of more than so many characters are shortened, with the whole name in a tooltip. Names
 * that would look alike show where they part.
 */
export function withShortNames(text: string, analysis: Analysis, longest = LONGEST_NAME): Html {
  const names = knownNames(analysis, longest);
  if (names === null) return html`${text}`;
  const parts = text.split(names.pattern).map((piece, i) => {
    return i % 2 === 0 ? piece : html`<bdi title="${piece}">${names.labels.of(piece)}</bdi>`;
  });
  return html`${parts}`;
}

function knownNames(analysis: Analysis, longest: number): Known | null {
  const own = known.get(analysis) ?? new Map<number, Known | null>();
  known.set(analysis, own);
  const found = own.get(longest);
  if (found !== undefined) return found;
  const names = longNames(analysis, longest);
  const made = names.length === 0 ? null : { pattern: oneOf(names), labels: new Labels(names, longest) };
  own.set(longest, made);
  return made;
}

/** Lists the names that are too long, the longest first: one may be the beginning of another. */
function longNames({ tasks, checkpoints }: Analysis, longest: number): string[] {
  const all = [
    ...tasks.flatMap(({ name, prompts }) => [name, ...prompts.map(({ id }) => id)]),
    ...checkpoints.flatMap(({ name, sft_task }) => (sft_task === null ? [name] : [name, sft_task])),
  ];
  return [...new Set(all)]
    .filter((name) => name.length > longest && Array.from(name).length > longest)
    .sort((a, b) => b.length - a.length);
}

function oneOf(names: readonly string[]): RegExp {
  return new RegExp(`(${names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join("|")})`);
}
