/** Reads what servers answer: each shape is checked before it is used. */

import { compileSchema, validated, type Guard } from "../../../base/validation.js";
import { BadAnswer } from "./client.js";
import type { Generated, TokenScore } from "./dialect.js";

/** Describes parts of an answer by schemas; properties that are not named may be there. */
export const NUMBER = { type: "number" };
export const NUMBER_OR_NULL = { type: ["number", "null"] };
export const INTEGER = { type: "integer" };
export const STRING = { type: "string" };
export const arrayOf = (items: object) => ({ type: "array", items });
export const mapOf = (values: object) => ({ type: "object", additionalProperties: values });
export const objectOf = (
  properties: Readonly<Record<string, object>>,
  optional: Readonly<Record<string, object>> = {},
) => ({
  type: "object",
  required: Object.keys(properties),
  properties: { ...properties, ...optional },
});

/** Returns a reader of answers of one shape. */
export function reader<T>(guard: Guard<T>): (answer: unknown) => T {
  return (answer) => validated(guard, answer, "an answer of another shape", (message) => new BadAnswer(message));
}

/** Reads what servers answer to a text that is to be tokenized. */
export const tokenized = reader(
  compileSchema<{ readonly tokens: readonly number[] }>(objectOf({ tokens: arrayOf(INTEGER) })),
);

/** @throws BadAnswer where a model that did not end its answer wrote fewer tokens than it was asked for */
export function generatedIds(ids: readonly number[] | undefined, ended: boolean, asked: number): Generated {
  if (ids === undefined || ids.some(Number.isNaN)) throw new BadAnswer("an answer without ids of its tokens");
  if (!ended && ids.length < asked) throw new BadAnswer(`${ids.length} new tokens where ${asked} were asked for`);
  return { ids, ended };
}

/** @throws BadAnswer where a log-probability is none */
export function tokenScore(logprob: number | null | undefined, best: number | null | undefined): TokenScore {
  for (const value of [logprob, best]) {
    if (typeof value !== "number" || !Number.isFinite(value))
      throw new BadAnswer(`an answer with ${String(value)} for a log-probability`);
    if (value > 1e-3) throw new BadAnswer(`an answer with ${value} for a log-probability, which is above 0`);
  }
  return { logprob: logprob as number, best: best as number };
}
