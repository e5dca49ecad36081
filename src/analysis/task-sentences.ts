/** Says in words what changed over the tasks of a pair, and whether tasks that the base can do change otherwise. */

import { intervalInWords, percent, pValue, score, signed, signedSquare } from "../base/numbers.js";
import { counted } from "../base/wording.js";
import { afterSft, isOnNoTask, isSensitivitySeen, ON_NO_TASK, sentence } from "./change-sentences.js";
import type { Analysis, Comparison, Sentence, StrataDifference, TaskSummary } from "./document/document.js";

/** Says for each pair the change of the sensitivity over tasks, by the skill of the base where tasks differ in it. */
export function taskSentences({
  over_tasks: all,
  strata,
  comparisons,
}: Pick<Analysis, "over_tasks" | "strata" | "comparisons">): Sentence[] {
  const shown = all.filter(({ quantity, stratum, sft, metric }) => {
    if (quantity === "mean") return false;
    const of = (one: TaskSummary) => one.sft === sft && one.metric === metric && one.quantity === quantity;
    const split = all.some((one) => of(one) && one.stratum !== "all tasks");
    return !split || stratum !== "all tasks";
  });
  return [
    ...shown.map((one) => sentence("over tasks", summaryText(one, comparisons), null, one.sft)),
    ...strata
      .filter(({ quantity }) => quantity !== "mean")
      .map((one) => sentence("over tasks", differenceText(one), null, one.sft)),
  ];
}

function summaryText(one: TaskSummary, comparisons: readonly Comparison[]): string {
  const { quantity, stratum, tasks, before, after, change, interval, p, tau2, i2, prediction } = one;
  const where = stratum === "all tasks" ? "" : ` where the ${stratum.replace("base", "base is")}`;
  const seen =
    p <= 0.05 ? `the ${quantity} ${change > 0 ? "rose" : "fell"} by` : `no change of the ${quantity} is seen:`;
  const sds = `SD ${score(taskLevel(quantity, before))} to ${score(taskLevel(quantity, after))}`;
  const between =
    tau2 === null || i2 === null
      ? ""
      : `; SD of the change between tasks ${betweenTasks(quantity, tau2)}, ${percent(i2)} of the variation`;
  const own = comparisons.filter(({ sft, task }) => sft === one.sft && tasks.includes(task));
  const alone = isOnNoTask(p, own, isSensitivitySeen) ? ON_NO_TASK : "";
  const next = prediction === null ? "" : `; another task like these ${intervalInWords(prediction, signedSquare)}`;
  return `${afterSft(one)}, over ${counted(tasks.length, "task")}${where} and for these prompts, ${seen} ${signedSquare(change)} (${intervalInWords(interval, signedSquare)}, ${pValue(p)}; ${sds}${between}${next})${alone}.`;
}

function differenceText(one: StrataDifference): string {
  const { quantity, at_chance: at, above_chance: above, difference, interval, p } = one;
  const seen = p <= 0.05 ? "changed otherwise" : "is not seen to change otherwise";
  return `${afterSft(one)} the ${quantity} ${seen} on the ${counted(above, "task")} where the base is above chance than on the ${above === at ? "other " : ""}${counted(at, "task")} where it is at chance: ${signedSquare(difference)} (${intervalInWords(interval, signedSquare)}, ${pValue(p)}).`;
}

/** Returns a level of a summary as it is written: a mean, or the SD of a variance. */
export function taskLevel(quantity: TaskSummary["quantity"], value: number): number {
  return quantity === "mean" ? value : Math.sqrt(Math.max(0, value));
}

/** Writes the SD of the change between tasks. */
export function betweenTasks(quantity: TaskSummary["quantity"], tau2: number): string {
  return taskFigure(quantity)(Math.sqrt(tau2)).replace(/^\+/, "");
}

/** Writes a change of a summary as its quantity is written. */
export function taskFigure(quantity: TaskSummary["quantity"]): (value: number) => string {
  return quantity === "mean" ? signed : signedSquare;
}
