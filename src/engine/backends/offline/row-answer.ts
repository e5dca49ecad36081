/** Reads one line of answers and checks it against the row that it answers. */

import { messageOf, UserError } from "../../../base/errors.js";
import { compileSchema, validated } from "../../../base/validation.js";
import { arrayOf, INTEGER, NUMBER, objectOf, STRING } from "../servers/answers.js";
import type { RequestRow } from "./request-row.js";

/** Limits the difference between two ways to the same log-probability, in nats. */
const AGREE = 0.15;

interface Counted {
  readonly id: string;
  /** Tokens of its prompts, and those of them that were not in a cache. */
  readonly sent: number;
  readonly computed: number;
}

/** Holds at [continuation][token] the log-probability of the token and of the most likely one in its place, in nats. */
export interface ScoreAnswer extends Counted {
  readonly scores: readonly (readonly (readonly [logprob: number, best: number])[])[];
}

export interface GenerateAnswer extends Counted {
  readonly ids: readonly number[];
}

export type RowAnswer = ScoreAnswer | GenerateAnswer;

const COUNTED = { id: STRING, sent: INTEGER, computed: INTEGER };
const isScore = compileSchema<ScoreAnswer>(
  objectOf({ ...COUNTED, scores: arrayOf(arrayOf({ ...arrayOf(NUMBER), minItems: 2, maxItems: 2 })) }),
);
const isGenerate = compileSchema<GenerateAnswer>(objectOf({ ...COUNTED, ids: arrayOf(INTEGER) }));

/** @throws UserError for a line that is no JSON, such as one with NaN */
export function parseLine(line: string, source: string): Counted {
  try {
    return JSON.parse(line) as Counted;
  } catch (error) {
    const nan = /[:[,]\s*(-?(?:NaN|Infinity))\b/.exec(line)?.[1];
    throw new UserError(
      nan === undefined
        ? `${source}: not JSON (${messageOf(error)})`
        : `${source}: ${nan} for a log-probability; the model computes with numbers beyond its type (try another dtype)`,
    );
  }
}

/** @throws UserError where an answer does not fit its row, or holds what is no log-probability */
export function answerOf(row: RequestRow, answer: unknown, vocabSize: number | undefined, source: string): RowAnswer {
  if ("max_new_tokens" in row) {
    const generated = validated(isGenerate, answer, source);
    if (generated.ids.length > row.max_new_tokens)
      throw new UserError(`${source}: ${generated.ids.length} new tokens, and ${row.max_new_tokens} were allowed`);
    const foreign = generated.ids.find((id) => id < 0 || id >= (vocabSize ?? Infinity));
    if (foreign !== undefined) throw new UserError(`${source}: the model has no token ${foreign}`);
    return generated;
  }
  const scored = validated(isScore, answer, source);
  const counts = (lists: readonly (readonly unknown[])[]) => lists.map(({ length }) => length).join(" ");
  if (counts(scored.scores) !== counts(row.continuations)) {
    const [got, wanted] = [scored.scores, row.continuations].map((lists) => lists.flat().length);
    throw new UserError(
      `${source}: ${String(got)} log-probabilities of ${scored.scores.length} continuations, and ` +
        `${String(wanted)} of ${row.continuations.length} were asked for`,
    );
  }
  for (const [logprob, best] of scored.scores.flat()) {
    const above = [logprob, best].find((value) => value > 1e-3);
    if (above !== undefined) throw new UserError(`${source}: ${above} for a log-probability, which is above 0`);
    if (logprob > best + AGREE)
      throw new UserError(`${source}: a token has log-probability ${logprob}, the most likely one ${best}`);
  }
  return scored;
}
