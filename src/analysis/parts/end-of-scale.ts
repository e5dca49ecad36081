/** Tells where a fall of the SD between prompts says nothing of robustness: most of them are at an end of the scale. */

import type { Comparison } from "../document/document.js";

/** Scores below this, or as far from the top, have nowhere to go. */
const END = 0.02;

/** @returns how many prompts are there after fine-tuning, and where; null unless the SD fell and at least half are */
export function atEndOfScale({
  prompts,
  verdict,
}: Pick<Comparison, "prompts" | "verdict">): { readonly count: number; readonly where: string } | null {
  if (verdict !== "fell" && verdict !== "probability scale only") return null;
  const low = prompts.filter(({ after }) => after < END).length;
  const high = prompts.filter(({ after }) => after > 1 - END).length;
  const found = low >= high ? { count: low, where: `below ${END}` } : { count: high, where: `above ${1 - END}` };
  return 2 * found.count < prompts.length ? null : found;
}
