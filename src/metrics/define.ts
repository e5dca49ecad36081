/** Defines metrics of plugins. */

import { messageOf, UsageError, UserError } from "../base/errors.js";
import { compileSchema, validated } from "../base/validation.js";
import { ANSWER_KINDS, type AnswerKind, type Metric, type RowMetric } from "./metric.js";

/** Holds what a metric of log-likelihoods looks at in a row. */
export interface ScoredRow {
  /** Log-likelihood of each answer, in nats. */
  readonly logprobs: readonly number[];
  /** Index of the right answer. */
  readonly gold: number;
  /** Texts of the answers as the prompt words them. */
  readonly answers: readonly string[];
}

/** Holds a metric as its author writes it: of a generated text, or of log-likelihoods. */
export interface MetricDefinition {
  /** Lower-case letters, digits and underscores. */
  readonly name: string;
  /** As readers call it. */
  readonly title: string;
  /** Kinds of answer that it fits: those that have what it looks at, when left out. */
  readonly answers?: readonly AnswerKind[];
  /** Smallest and largest value, null where there is none; [0, 1] when left out. */
  readonly range?: readonly [low: number | null, high: number | null];
  /** True when left out. */
  readonly higherIsBetter?: boolean;
  /** Name in files of lm-evaluation-harness, where that is another. */
  readonly lmEval?: string;
  /** Compares a generated text with one that is right. Of several right ones the best counts. Must be pure. */
  readonly ofText?: (prediction: string, reference: string) => number;
  /** Judges a row by the log-likelihoods of its answers. Must be pure. */
  readonly ofLogprobs?: (row: ScoredRow) => number;
}

/** Tells a metric from a task among what a plugin exports. */
const MARK = Symbol.for("amuro-eval.metric");

/**
 * Declares a metric. The definition is checked when the plugin is loaded, so that the error can name its file.
 * @returns the definition, marked as one of a metric
 * @example
 * export const brevity = defineMetric({ name: "brevity", title: "brevity", ofText: (text) => 1 / (1 + text.length) })
 */
export function defineMetric(definition: MetricDefinition): MetricDefinition {
  return Object.assign({ [MARK]: true }, definition);
}

/** Tells whether a value was made by {@link defineMetric}. */
export function isMetricDefinition(value: unknown): boolean {
  return typeof value === "object" && value !== null && MARK in value;
}

const text = { type: "string", minLength: 1 } as const;
const end = { type: ["number", "null"] } as const;
const isDefinition = compileSchema<MetricDefinition>({
  type: "object",
  additionalProperties: false,
  required: ["name", "title"],
  properties: {
    name: { type: "string", pattern: "^[a-z][a-z0-9_]*$" },
    title: text,
    answers: { type: "array", minItems: 1, uniqueItems: true, items: { enum: ANSWER_KINDS } },
    range: { type: "array", minItems: 2, maxItems: 2, items: end },
    higherIsBetter: { type: "boolean" },
    lmEval: text,
    ofText: true,
    ofLogprobs: true,
  },
});

/**
 * Checks the definition of a metric.
 * @param source where it came from, for messages
 * @throws UsageError that names the wrong field
 */
export function checkMetric(definition: unknown, source: string): Metric {
  const one = validated(isDefinition, definition, `${source}: metric`, (message) => new UsageError(message));
  const fail = (message: string) => new UsageError(`${source}: metric ${one.name}: ${message}`);
  const { name, title, ofText, ofLogprobs, range = [0, 1], higherIsBetter = true, lmEval } = one;
  if ((ofText === undefined) === (ofLogprobs === undefined)) throw fail("give one of ofText and ofLogprobs");
  if (typeof (ofText ?? ofLogprobs) !== "function") {
    throw fail(`${ofText === undefined ? "ofLogprobs" : "ofText"} must be a function`);
  }
  const [low, high] = range;
  if (low !== null && high !== null && low >= high)
    throw fail(`range goes from ${low} to ${high}; write the smaller first`);
  const possible: readonly AnswerKind[] = ofText === undefined ? ["classification", "multiple-choice"] : ["generation"];
  const { answers = possible } = one;
  const odd = answers.find((kind) => !possible.includes(kind));
  if (odd !== undefined) {
    throw fail(
      `${odd} answers have no ${ofText === undefined ? "log-likelihoods" : "generated text"}; use ${possible.join(" or ")}`,
    );
  }
  const ends = low === null && high === null ? "" : ` from ${low ?? "minus infinity"} to ${high ?? "infinity"}`;
  const wrong = (message: string, cause?: unknown) => new UserError(`${source}: metric ${name}: ${message}`, { cause });
  const checked = (judge: () => unknown) => {
    const value = called(judge, wrong);
    const inside = typeof value === "number" && value >= (low ?? -Infinity) && value <= (high ?? Infinity);
    if (inside && Number.isFinite(value)) return value;
    throw wrong(`returned ${String(value)}, not a finite number${ends}`);
  };
  return {
    of: "row",
    name,
    title,
    answers,
    range: [low, high],
    higherIsBetter,
    chance: () => null,
    from: ofText === undefined ? "log-likelihoods" : "text",
    needs: ofText === undefined ? "log-likelihoods of the answers" : "a generated text",
    ...(lmEval === undefined ? {} : { lmEval }),
    row: ofText === undefined ? ofScores(ofLogprobs, checked) : ofTexts(ofText, checked, higherIsBetter),
  };
}

/** Takes a call of the author's function and returns its value when that is one of the metric. */
type Checked = (judge: () => unknown) => number;

function called(judge: () => unknown, wrong: (message: string, cause: unknown) => UserError): unknown {
  try {
    return judge();
  } catch (error) {
    throw wrong(messageOf(error), error);
  }
}

function ofTexts(
  compare: (prediction: string, reference: string) => number,
  checked: Checked,
  higher: boolean,
): RowMetric["row"] {
  return ({ text: prediction, references }) => {
    if (prediction === undefined || references.length === 0) return undefined;
    const values = references.map((reference) => checked(() => compare(prediction, reference)));
    return higher ? Math.max(...values) : Math.min(...values);
  };
}

function ofScores(judge: MetricDefinition["ofLogprobs"], checked: Checked): RowMetric["row"] {
  return ({ logprobs, gold, answers }) =>
    logprobs === undefined || gold === undefined ? undefined : checked(() => judge?.({ logprobs, gold, answers }));
}
