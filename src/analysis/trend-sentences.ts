/** Says in words what happened along the checkpoints of a training run, and where no trend is seen. */

import { intervalInWords, ofTraining, perSteps, pValue } from "../base/numbers.js";
import { counted } from "../base/wording.js";
import { sentence } from "./change-sentences.js";
import { axisOf } from "./document/axis.js";
import type { Sentence, Trend } from "./document/document.js";

/** Says each trend that both questions speak for, and once for each run where level or SD show none. */
export function trendSentences(trends: readonly Trend[]): Sentence[] {
  const seen = trends.filter((one) => one.p_holm !== null && one.p_holm <= 0.05);
  const tested = new Map<string, Trend[]>();
  for (const one of trends.filter(({ p_holm, quantity }) => p_holm !== null && !quantity.startsWith("change"))) {
    const key = JSON.stringify([one.run, one.sft_task, one.quantity]);
    tested.set(key, [...(tested.get(key) ?? []), one]);
  }
  return [...seen.map(seenTrend), ...[...tested.values()].flatMap((group) => unseenTrends(group, seen))];
}

function seenTrend(one: Trend): Sentence {
  const { slope, p, p_holm: holm } = one;
  const size = one.quantity.endsWith("level") ? `${sizeOf(one)}; ` : "";
  const text = `${along(one)} the ${one.quantity} on ${one.task}${whose(one)} ${slope > 0 ? "rises" : "falls"} (${size}${pValue(p)}, ${pValue(holm, "Holm")}). One run: a drift of training without direction looks the same.`;
  return sentence("trend", text, one.task, null);
}

function unseenTrends(group: readonly Trend[], seen: readonly Trend[]): Sentence[] {
  const unseen = group.filter((one) => !seen.includes(one));
  const [first] = unseen;
  if (first === undefined) return [];
  const task = group.length === 1 ? first.task : null;
  const where = task ?? `${unseen.length} of ${counted(group.length, "task")}`;
  const size = task === null ? "" : ` (${first.quantity === "level" ? `${sizeOf(first)}; ` : ""}${pValue(first.p)})`;
  return [
    sentence(
      "trend",
      `${along(first)} no trend of the ${first.quantity} on ${where}${whose(first)} is seen${size}.`,
      task,
    ),
  ];
}

function sizeOf(one: Trend): string {
  const { slope, unit, interval } = one;
  const known =
    interval === null ? "" : `, ${intervalInWords(interval, perSteps)} for new wordings and rows, these checkpoints`;
  return `${perSteps(slope)} for ${ofTraining(axisOf(one), unit)}${known}`;
}

function along({ points, run }: Trend): string {
  return `Along ${counted(points.length, "checkpoint")} of ${run === null || run === "" ? "pre-training" : run}`;
}

function whose({ sft_task: sftTask }: Trend): string {
  return sftTask === null ? "" : ` after SFT on ${sftTask}`;
}
