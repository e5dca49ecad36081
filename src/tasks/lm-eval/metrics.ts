/** Finds the metrics of this project that judge as those of lm-evaluation-harness do. */

import { sentenceBleu } from "../../metrics/bleu.js";
import { sentenceChrf } from "../../metrics/chrf.js";
import { CLASS_F1 } from "../../metrics/class-counts.js";
import { exactString, type ExactOptions } from "../../metrics/exact-string.js";
import { bitsPerByte } from "../../metrics/likelihood.js";
import type { AnswerKind, RowMetric } from "../../metrics/metric.js";
import { voted } from "../../metrics/vote.js";
import { bitsPerWord, bytePerplexity, textBitsPerByte, wordPerplexity } from "../../metrics/whole-text.js";
import type { MetricConfig, TaskConfig } from "./config.js";
import type { Judged } from "./generation.js";
import { Refusal } from "./refusal.js";
import { PythonFunction } from "./yaml.js";

/** Holds the metrics of a task by their names, those among them that are not built in, and what is left out. */
export interface FoundMetrics {
  readonly names: readonly string[];
  readonly own: readonly RowMetric[];
  readonly leftOut: readonly string[];
  /** What is computed in another way than there. */
  readonly otherwise: readonly string[];
}

/** Lists what the harness computes where a task names no metric. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  multiple_choice: ["acc", "acc_norm"],
  loglikelihood: ["perplexity", "acc"],
  loglikelihood_rolling: ["word_perplexity", "byte_perplexity", "bits_per_byte"],
  generate_until: ["exact_match"],
};

/** Names metrics that are the same under the same name here, by kind of answer. */
const SAME: Readonly<Record<AnswerKind, readonly string[]>> = {
  classification: ["acc", "acc_norm", "acc_bytes", "mcc", "brier_score"],
  "multiple-choice": ["acc", "acc_norm", "acc_bytes", "brier_score", "perplexity"],
  generation: [],
};

/** Names metrics of whole texts here, which are of all texts together. */
const OF_TEXTS: Readonly<Record<string, string>> = {
  word_perplexity: wordPerplexity.name,
  byte_perplexity: bytePerplexity.name,
  bits_per_byte: textBitsPerByte.name,
};

/** Names metrics here that are the mean of all sentences, where the harness has one of all texts together. */
const OF_SENTENCES: Readonly<Record<string, string>> = { bleu: sentenceBleu.name, chrf: sentenceChrf.name };

/**
 * @param labels of a task whose rows share them
 * @param judged which of the drawn texts are judged, see Generation
 * @throws Refusal where none of the metrics is there
 */
export function metricsOf(
  config: TaskConfig,
  kind: AnswerKind,
  labels: readonly string[],
  judged: readonly Judged[] = ["each"],
): FoundMetrics {
  const { metric_list: list, output_type: type = "generate_until" } = config;
  const wanted: readonly MetricConfig[] = list ?? (DEFAULTS[type] ?? []).map((metric) => ({ metric }));
  const names: string[] = [];
  const own: RowMetric[] = [];
  const leftOut: string[] = [];
  for (const one of wanted) {
    const name = one.metric instanceof PythonFunction ? `!function ${one.metric.name}` : one.metric;
    const aggregated = one.aggregation instanceof PythonFunction ? `!function ${one.aggregation.name}` : undefined;
    const isKnown = aggregated === undefined && !(one.metric instanceof PythonFunction);
    const found = !isKnown
      ? undefined
      : type === "loglikelihood_rolling"
        ? OF_TEXTS[name]
        : metricOf(one, kind, labels);
    if (found === undefined) leftOut.push(aggregated === undefined ? name : `${name} (aggregation ${aggregated})`);
    else if (typeof found === "string") names.push(found);
    else {
      const metrics = judged.map((which) => (which === "each" ? found : voted(found, which)));
      names.push(...metrics.map((metric) => metric.name));
      own.push(...metrics);
    }
  }
  if (names.length === 0) {
    throw new Refusal(
      `metric ${leftOut.map((one) => one.replace(/!function [\w.]+/g, "!function")).join(", ")}`,
      `metric_list: ${leftOut.join(" and ") || "nothing"} ${leftOut.length === 1 ? "is" : "are"} not computed here for ${kind} answers; ` +
        `write the task as a plugin with a metric of your own (docs/plugins.md)`,
    );
  }
  // Those of all texts together are made of these.
  if (type === "loglikelihood_rolling") names.push(bitsPerWord.name, bitsPerByte.name);
  const otherwise = wanted.flatMap(({ metric }) => (typeof metric === "string" && names.includes(OF_SENTENCES[metric] ?? "") ? [metric] : [])); // prettier-ignore
  return { names: [...new Set(names)], own, leftOut, otherwise };
}

function metricOf(
  { metric, ...options }: MetricConfig,
  kind: AnswerKind,
  labels: readonly string[],
): string | RowMetric | undefined {
  if (typeof metric !== "string") return undefined;
  if (SAME[kind].includes(metric)) return metric;
  // The harness computes F1 of the second of two labels, as scikit-learn's default does.
  if (kind === "classification" && metric === "f1" && labels.length === 2) return CLASS_F1 + (labels[1] ?? "");
  if (kind === "generation" && Object.hasOwn(OF_SENTENCES, metric)) return OF_SENTENCES[metric];
  if (kind !== "generation" || metric !== "exact_match") return undefined;
  return exactString({
    ignoreCase: options["ignore_case"] === true,
    ignorePunctuation: options["ignore_punctuation"] === true,
    ignoreNumbers: options["ignore_numbers"] === true,
    remove: Array.isArray(options["regexes_to_ignore"]) ? options["regexes_to_ignore"].map(String) : [],
  } satisfies ExactOptions);
}
