/** Metrics as readers call them. */

const METRIC_NAMES: Record<string, string> = {
  acc: "accuracy",
  acc_norm: "accuracy, log-likelihood per character",
  acc_bytes: "accuracy, log-likelihood per byte",
  rouge_l: "ROUGE-L F1",
};

export function metricName(metric: string): string {
  return METRIC_NAMES[metric] ?? metric;
}
