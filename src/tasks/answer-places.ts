/** Finds data sets whose order of choices tells the right one. */

import { counted } from "../base/wording.js";
import type { Example } from "./contract.js";

/** Describes the place at which the right choice stands far too often. */
export interface FavouredPlace {
  /** From 1. */
  readonly place: number;
  /** Rows whose right choice stands there. */
  readonly hits: number;
  readonly rows: number;
  /** Choices of a row; the most where rows differ. */
  readonly choices: number;
}

/** Sets the standard errors beyond what balanced places give: about 1 in 30,000 for one place of balanced data. */
const FAR = 4;

/**
 * Looks for a place that holds the right choice far more often than a balanced order would put it there.
 * @param examples rows with choices; others are passed over
 * @returns the place that is furthest off, undefined where none is
 */
export function favouredPlace(examples: readonly Example[]): FavouredPlace | undefined {
  const asked = examples.flatMap((example) =>
    "choices" in example ? [{ gold: example.gold, choices: example.choices.length }] : [],
  );
  const most = Math.max(0, ...asked.map(({ choices }) => choices));
  const places = Array.from({ length: most }, (_, place) => {
    const possible = asked.filter(({ choices }) => choices > place);
    const hits = possible.filter(({ gold }) => gold === place).length;
    const expected = possible.reduce((sum, { choices }) => sum + 1 / choices, 0);
    const variance = possible.reduce((sum, { choices }) => sum + (1 / choices) * (1 - 1 / choices), 0);
    return { place: place + 1, hits, far: variance > 0 ? (hits - expected) / Math.sqrt(variance) : 0 };
  });
  const [worst] = places.sort((a, b) => b.far - a.far);
  if (worst === undefined || worst.far < FAR) return undefined;
  return { place: worst.place, hits: worst.hits, rows: asked.length, choices: most };
}

/** Says what such an order does, and what to do. */
export function favouredPlaceNote(task: string, { place, hits, rows, choices }: FavouredPlace): string {
  return (
    `${task}: the right choice stands at place ${place} of ${choices} in ${hits} of ${counted(rows, "row")}; prompts that list ` +
    `choices then measure a preference for that place: let the task mix them (inDrawnOrder), or ask with order=shuffled-1`
  );
}
