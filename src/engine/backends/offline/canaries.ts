/**
 * Makes rows whose answers show that a part was answered as a whole, by the model that answered the others: the same
 * probes at the beginning and at the end of every part, and once the probabilities of all tokens in one place.
 */

import { UserError } from "../../../base/errors.js";
import type { TextTokenizer } from "../../text/tokenizer.js";
import { probeQuestions } from "../servers/examine.js";
import { probeDifference, probeTolerance } from "../servers/probes.js";
import type { RequestRow } from "./request-row.js";
import type { RowAnswer } from "./row-answer.js";

/** Sets the size up to which a vocabulary is asked for whole. */
const SMALL_VOCABULARY = 4096;
/** Limits how far the sum of the probabilities of all tokens may be from 1, where it is but for rounding. */
const SUM_ERROR = 0.02;
/**
 * Limits the difference between two parts' answers to one probe that one model may give on different machines, in nats.
 */
const ALIKE = { float32: 1e-3, other: 0.15 };

const START = "canary-start-";
const END = "canary-end-";
const ALL = "canary-all";

/** @returns a part's rows with the canaries around them */
export function withCanaries(
  rows: readonly RequestRow[],
  tokenizer: TextTokenizer,
  vocabSize: number | undefined,
  isFirst: boolean,
): RequestRow[] {
  const questions = probeQuestions(tokenizer);
  const probes = (prefix: string): RequestRow[] =>
    questions.map(({ context, continuations }, i) => ({
      id: `${prefix}${i}`,
      context,
      continuations: continuations.map(({ tokens }) => tokens),
    }));
  const [first] = questions;
  const isSmall = isFirst && vocabSize !== undefined && vocabSize <= SMALL_VOCABULARY && first !== undefined;
  const whole: RequestRow[] = isSmall
    ? [{ id: ALL, context: first.context, continuations: Array.from({ length: vocabSize }, (_, id) => [id]) }]
    : [];
  return [...probes(START), ...whole, ...rows, ...probes(END)];
}

export function isCanary({ id }: { readonly id: string }): boolean {
  return id.startsWith("canary-");
}

export interface CanaryFindings {
  /** Log-probabilities of the probes. */
  readonly probes: readonly number[];
  /** Largest difference between answers to one probe, in nats. */
  readonly noise: number;
}

/** Compares the canaries of all parts of a checkpoint. */
export class CanaryWatch {
  /** Log-probabilities of the probes: of each part those at its beginning, and those at its end. */
  private readonly starts = new Map<string, number[]>();
  private readonly ends = new Map<string, number[]>();

  /**
   * @param about the checkpoint, in messages
   * @param dtype in which it was run
   */
  constructor(
    private readonly about: string,
    private readonly dtype: string | null,
  ) {}

  /** @throws UserError where an answer is none of a model */
  add(part: string, id: string, answer: RowAnswer): void {
    if (!("scores" in answer)) throw new UserError(`${this.about}, ${part}: ${id} has no scores`);
    const values = answer.scores.flatMap((scores) => scores.map(([logprob]) => logprob));
    if (id === ALL) {
      this.checkAll(part, values, answer.scores[0]?.[0]?.[1] ?? NaN);
      return;
    }
    if (answer.scores.every((scores) => scores.every(([, best]) => best > -1e-6)))
      throw new UserError(
        `${this.about}, ${part}: the most likely token always has probability 1; these are probabilities after sampling`,
      );
    const side = id.startsWith(START) ? this.starts : this.ends;
    side.set(part, [...(side.get(part) ?? []), ...values]);
  }

  /**
   * @throws UserError where the parts were answered by different models, or the answers do not depend on what was asked
   */
  findings(): CanaryFindings {
    const [[first, probes]] = [...this.starts] as [[string, number[]]];
    if (new Set(probes).size < 3) {
      throw new UserError(
        `${this.about}: ${probes.length} log-probabilities of different tokens have but ${new Set(probes).size} values`,
      );
    }
    const within = Math.max(...[...this.ends].map(([part, end]) => probeDifference(this.starts.get(part) ?? [], end)));
    const tolerance = Math.max(probeTolerance(within), this.dtype === "float32" ? ALIKE.float32 : ALIKE.other);
    let noise = within;
    for (const [part, values] of this.starts) {
      const difference = probeDifference(probes, values);
      noise = Math.max(noise, difference);
      if (difference <= tolerance) continue;
      throw new UserError(
        `${this.about}: ${first} and ${part} were answered by different models: the same tokens have log-probabilities ` +
          `that differ by ${difference.toPrecision(2)}; delete the answers of one and run it again`,
      );
    }
    return { probes, noise };
  }

  private checkAll(part: string, values: readonly number[], best: number): void {
    const total = values.reduce((sum, value) => sum + Math.exp(value), 0);
    const largest = Math.max(...values);
    const wrong =
      Math.abs(total - 1) > SUM_ERROR
        ? `the probabilities of all ${values.length} tokens add up to ${total.toFixed(3)}`
        : Math.abs(largest - best) > SUM_ERROR
          ? `the most likely of all tokens has log-probability ${largest.toFixed(3)}, and ${best.toFixed(3)} is given for it`
          : undefined;
    if (wrong !== undefined) throw new UserError(`${this.about}, ${part}: ${wrong}; these are no log-probabilities`);
  }
}
