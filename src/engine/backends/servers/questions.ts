/** Turns a backend's sequences into questions about one context each, and groups questions that begin alike. */

import type { Sequence } from "../sequence.js";
import type { Question } from "./dialect.js";

/** Sets how many tokens two contexts have to share for one to be worth waiting for. */
const WORTH_SHARING = 64;

export interface PlacedQuestion extends Question {
  /** Where the answers go: [continuation][token] among the targets of all sequences. */
  readonly places: readonly (readonly number[])[];
}

/**
 * Cuts sequences into a context and what follows it; neighbours with the same context are asked together.
 * @param known indices of sequences that need no answer
 */
export function questionsOf(sequences: readonly Sequence[], known: ReadonlySet<number>): PlacedQuestion[] {
  const questions: { context: readonly number[]; continuations: { tokens: number[] }[]; places: number[][] }[] = [];
  let place = 0;
  sequences.forEach(({ ids, targets }, index) => {
    const first = place;
    place += targets.length;
    if (known.has(index)) return;
    let last: { position: number; token: number } | undefined;
    targets.forEach((target, t) => {
      const { position, token } = target;
      const question = questions.at(-1);
      // The token after the last target is the one that was asked for: the same continuation goes on.
      if (t > 0 && question !== undefined && last?.position === position - 1 && ids[position] === last.token) {
        question.continuations.at(-1)?.tokens.push(token);
        question.places.at(-1)?.push(first + t);
      } else {
        const context = ids.slice(0, position + 1);
        const continuation = { tokens: [token] };
        if (question !== undefined && sameIds(question.context, context)) {
          question.continuations.push(continuation);
          question.places.push([first + t]);
        } else questions.push({ context, continuations: [continuation], places: [[first + t]] });
      }
      last = target;
    });
  });
  return questions;
}

/** Groups neighbours whose contexts begin alike, in order. The first of each is asked before the others. */
export function clustersOf<T>(items: readonly T[], contextOf: (item: T) => readonly number[]): T[][] {
  const clusters: T[][] = [];
  for (const item of items) {
    const cluster = clusters.at(-1);
    if (cluster !== undefined && sharedLength(contextOf(cluster[0] as T), contextOf(item)) >= WORTH_SHARING)
      cluster.push(item);
    else clusters.push([item]);
  }
  return clusters;
}

/** Returns a number that contexts with the same beginning share. */
export function affinityOf(context: readonly number[]): number {
  let hash = 0;
  for (const id of context.slice(0, WORTH_SHARING)) hash = (Math.imul(hash, 31) + id) >>> 0;
  return hash;
}

function sharedLength(one: readonly number[], other: readonly number[]): number {
  const end = Math.min(one.length, other.length);
  let length = 0;
  while (length < end && one[length] === other[length]) length++;
  return length;
}

function sameIds(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && sharedLength(one, other) === one.length;
}
