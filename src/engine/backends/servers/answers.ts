/** Reads what servers answer: each shape is checked before it is used. */

import type { ValidateFunction } from "ajv/dist/2020.js";
import { validated } from "../../../base/validation.js";
import { BadAnswer } from "./client.js";
import type { TokenScore } from "./dialect.js";

/** Schemas of parts; what is not named may be there. */
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

/**
 * Returns a reader of one shape of answer.
 * @param compile called when the reader is first used
 */
export function reader<T>(compile: () => ValidateFunction<T>): (answer: unknown) => T {
  let guard: ValidateFunction<T> | undefined;
  return (answer) => {
    guard ??= compile();
    return validated(guard, answer, "an answer of another shape", (message) => new BadAnswer(message));
  };
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
