/** Registers all metrics: a metric is entered in this one place. */

import { didYouMean, UsageError } from "../base/errors.js";
import { acc, accBytes, accCalibrated, accNorm, accPmi } from "./accuracy.js";
import { CLASS_F1, classF1, macroF1, mcc } from "./class-counts.js";
import { sentenceBleu } from "./bleu.js";
import { sentenceChrf } from "./chrf.js";
import { contains } from "./contains.js";
import { pearson, spearman } from "./correlation.js";
import { exactMatch } from "./exact-match.js";
import { answerRead } from "./answer-read.js";
import { numberMatch } from "./number-match.js";
import { bitsPerByte, brierScore, logprob, margin, perplexity } from "./likelihood.js";
import type { AnswerKind, Metric, RowMetric } from "./metric.js";
import { bitsPerWord, bytePerplexity, textBitsPerByte, wordPerplexity } from "./whole-text.js";
import { rouge1Metric, rouge2Metric, rougeLMetric, rougeLsumMetric } from "./rouge.js";
import { tokenF1 } from "./token-f1.js";

/** Lists the built-in metrics in the order in which they are shown. */
export const BUILTIN_METRICS: readonly Metric[] = [
  acc,
  accNorm,
  accBytes,
  rougeLMetric,
  rouge1Metric,
  rouge2Metric,
  rougeLsumMetric,
  exactMatch,
  tokenF1,
  sentenceBleu,
  sentenceChrf,
  contains,
  numberMatch,
  answerRead,
  macroF1,
  mcc,
  pearson,
  spearman,
  logprob,
  perplexity,
  margin,
  bitsPerByte,
  bitsPerWord,
  wordPerplexity,
  bytePerplexity,
  textBitsPerByte,
  brierScore,
  accCalibrated,
  accPmi,
];

/** Holds the built-in metrics and those of plugins. */
export class MetricRegistry {
  private readonly metrics = new Map(BUILTIN_METRICS.map((metric) => [metric.name, metric]));

  /** @throws UsageError when the name is taken */
  add(metric: Metric, source: string): void {
    if (this.metrics.has(metric.name) || metric.name.startsWith(CLASS_F1)) {
      throw new UsageError(`${source}: there is already a metric named "${metric.name}"; choose another name`);
    }
    this.metrics.set(metric.name, metric);
  }

  /** @returns undefined where there is none of that name */
  find(name: string): Metric | undefined {
    if (name.startsWith(CLASS_F1) && name !== CLASS_F1) return classF1(name.slice(CLASS_F1.length));
    return this.metrics.get(name);
  }

  /**
   * Finds a metric by its name.
   * @param source what named it, for the message
   * @throws UsageError with the nearest name
   */
  named(name: string, source: string): Metric {
    const metric = this.find(name);
    if (metric !== undefined) return metric;
    throw new UsageError(`${source}${didYouMean(name, this.names())}`);
  }

  /** Names of all, or of those that fit a kind of answer. */
  names(kind?: AnswerKind): string[] {
    const fitting = [...this.metrics.values()].filter(({ answers }) => kind === undefined || answers.includes(kind));
    const names = fitting.map(({ name }) => name);
    return kind === undefined || kind === "classification" ? [...names, `${CLASS_F1}LABEL`] : names;
  }

  all(): Metric[] {
    return [...this.metrics.values()];
  }
}

const builtin = new MetricRegistry();

/** Tells whether a built-in metric's scores of rows are shares. */
export function isShareName(name: string): boolean {
  const found = builtinMetric(name);
  return found !== undefined && found.of === "row" && found.range[0] === 0 && found.range[1] === 1;
}

/** Finds a built-in metric. @returns undefined where there is none of that name */
export function builtinMetric(name: string): Metric | undefined {
  return builtin.find(name);
}

/** Returns a metric as readers call it; its name where it is not built in. */
export function metricTitle(name: string): string {
  return builtinMetric(name)?.title ?? name;
}

/** Returns the metrics of rows that are computed for a task's rows: those of its kind of answer, and those it names. */
export function computedForRows(kind: AnswerKind, named: readonly Metric[]): RowMetric[] {
  const rowMetrics = (metrics: readonly Metric[]) => metrics.filter((metric) => metric.of === "row");
  const standing = rowMetrics(BUILTIN_METRICS).filter(({ always }) => always?.includes(kind) === true);
  return [...new Set([...standing, ...rowMetrics(named)])];
}
