/** Finds the metrics of this project that judge as those of lm-evaluation-harness do. */

import { CLASS_F1 } from "../../metrics/class-counts.js";
import { exactString, type ExactOptions } from "../../metrics/exact-string.js";
import type { AnswerKind, Metric } from "../../metrics/metric.js";
import type { MetricConfig, TaskConfig } from "./config.js";
import { Refusal } from "./refusal.js";
import { PythonFunction } from "./yaml.js";

/** Holds the metrics of a task by their names, those among them that are not built in, and what is left out. */
export interface FoundMetrics {
  readonly names: readonly string[];
  readonly own: readonly Metric[];
  readonly leftOut: readonly string[];
}

/** Lists what the harness computes where a task names no metric. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  multiple_choice: ["acc", "acc_norm"],
  loglikelihood: ["perplexity", "acc"],
  generate_until: ["exact_match"],
};

/** Names metrics that are the same under the same name here, by kind of answer. */
const SAME: Readonly<Record<AnswerKind, readonly string[]>> = {
  classification: ["acc", "mcc", "brier_score"],
  "multiple-choice": ["acc", "acc_norm", "acc_bytes", "brier_score", "perplexity"],
  generation: [],
};

/**
 * @param labels of a task whose rows share them
 * @throws Refusal where none of the metrics is there
 */
export function metricsOf(config: TaskConfig, kind: AnswerKind, labels: readonly string[]): FoundMetrics {
  const { metric_list: list, output_type: type = "generate_until" } = config;
  const wanted: readonly MetricConfig[] = list ?? (DEFAULTS[type] ?? []).map((metric) => ({ metric }));
  const names: string[] = [];
  const own: Metric[] = [];
  const leftOut: string[] = [];
  for (const one of wanted) {
    const name = one.metric instanceof PythonFunction ? `!function ${one.metric.name}` : one.metric;
    const aggregated = one.aggregation instanceof PythonFunction ? `!function ${one.aggregation.name}` : undefined;
    const found =
      aggregated === undefined && !(one.metric instanceof PythonFunction) ? metricOf(one, kind, labels) : undefined;
    if (found === undefined) leftOut.push(aggregated === undefined ? name : `${name} (aggregation ${aggregated})`);
    else if (typeof found === "string") names.push(found);
    else {
      names.push(found.name);
      own.push(found);
    }
  }
  if (names.length === 0) {
    throw new Refusal(
      `metric ${leftOut.map((one) => one.replace(/!function [\w.]+/g, "!function")).join(", ")}`,
      `metric_list: ${leftOut.join(" and ") || "nothing"} ${leftOut.length === 1 ? "is" : "are"} not computed here for ${kind} answers; ` +
        `write the task as a plugin with a metric of your own (docs/plugins.md)`,
    );
  }
  return { names: [...new Set(names)], own, leftOut };
}

function metricOf(
  { metric, ...options }: MetricConfig,
  kind: AnswerKind,
  labels: readonly string[],
): string | Metric | undefined {
  if (typeof metric !== "string") return undefined;
  if (SAME[kind].includes(metric)) return metric;
  // The harness computes F1 of the second of two labels, as scikit-learn's default does.
  if (kind === "classification" && metric === "f1" && labels.length === 2) return CLASS_F1 + (labels[1] ?? "");
  if (kind !== "generation" || metric !== "exact_match") return undefined;
  return exactString({
    ignoreCase: options["ignore_case"] === true,
    ignorePunctuation: options["ignore_punctuation"] === true,
    ignoreNumbers: options["ignore_numbers"] === true,
    remove: Array.isArray(options["regexes_to_ignore"]) ? options["regexes_to_ignore"].map(String) : [],
  } satisfies ExactOptions);
}
