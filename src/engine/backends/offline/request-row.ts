/**
 * Describes what is asked of a model that cannot be reached: a context with what may follow it, or a context to
 * continue.
 */

import { sha256 } from "../../../base/hash.js";

export interface ScoreRow {
  readonly id: string;
  /** Token ids; never empty. */
  readonly context: readonly number[];
  /** Token ids whose log-probabilities after the context are wanted. */
  readonly continuations: readonly (readonly number[])[];
}

export interface GenerateRow {
  readonly id: string;
  readonly context: readonly number[];
  /** New tokens at most. */
  readonly max_new_tokens: number;
}

export type RequestRow = ScoreRow | GenerateRow;

/** Makes a row to score whose name is made of its content, so that equal rows have one name. */
export function scoreRow(context: readonly number[], continuations: readonly (readonly number[])[]): ScoreRow {
  return { id: idOf([context, continuations]), context, continuations };
}

/** Makes the row of a context to continue, named by its content too. */
export function generateRow(context: readonly number[], most: number): GenerateRow {
  return { id: idOf([context, most]), context, max_new_tokens: most };
}

/** Counts the tokens of the longest prompt with the token that a server adds to it. */
export function lengthOf(row: RequestRow): number {
  if ("max_new_tokens" in row) return row.context.length + row.max_new_tokens;
  return row.context.length + Math.max(...row.continuations.map(({ length }) => length));
}

function idOf(content: unknown): string {
  return sha256(JSON.stringify(content)).slice(0, 24);
}
