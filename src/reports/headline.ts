/**
 * Writes the conclusions in the order a reader wants them: one line that counts, then the sentences of the analysis.
 */

import { atEndOfScale } from "../analysis/parts/end-of-scale.js";
import type { Analysis, Sentence, TaskAtCheckpoint } from "../analysis/document/document.js";
import { counted } from "../base/wording.js";

import { isMostlyTied, widestOf, type TaskView, type View } from "./view.js";
import { intervalInWords, percent, score, signed } from "../base/numbers.js";

/** Counts what changed clearly over the tasks of one view. */
export interface Counts {
  readonly tasks: number;
  /** Tasks whose mean changed, p after Holm below .05 for prompts like these. */
  readonly higher: number;
  readonly lower: number;
  /** Tasks by the verdict on the SD between prompts. */
  readonly rose: number;
  readonly fell: number;
  /** Of those that fell, tasks most of whose prompts are at an end of the scale after it. */
  readonly fellToEnd: number;
  readonly unseen: number;
  readonly notTestable: number;
  /** Tasks on which the contrast of the two presentations changed, p times the tasks below .05. */
  readonly contrast: number;
}

export function countsOf(tasks: readonly TaskView[]): Counts {
  const compared = tasks.flatMap(({ comparison }) => comparison ?? []);
  const clear = compared.filter(({ level }) => level.p_holm !== null && level.p_holm < 0.05);
  const verdicts = (...wanted: string[]) => compared.filter(({ verdict }) => wanted.includes(verdict)).length;
  return {
    tasks: compared.length,
    higher: clear.filter(({ level }) => level.change > 0).length,
    lower: clear.filter(({ level }) => level.change < 0).length,
    rose: verdicts("rose"),
    fell: verdicts("fell"),
    fellToEnd: compared.filter((one) => one.verdict === "fell" && atEndOfScale(one) !== null).length,
    unseen: verdicts("no change seen", "probability scale only"),
    notTestable: verdicts("not testable"),
    contrast: compared.filter((one) => one.contrast !== null && one.contrast.p * compared.length < 0.05).length,
  };
}

/** Writes the answer in one sentence. */
export function headline(view: View, tasks: readonly TaskView[]): string {
  if (tasks.length === 0) return "No task is finished.";
  return view.before === null ? aloneHeadline(tasks) : pairHeadline(view, countsOf(tasks));
}

function pairHeadline(
  { sftTask }: View,
  { tasks, higher, lower, rose, fell, fellToEnd, unseen, notTestable, contrast }: Counts,
): string {
  const after = `After SFT${sftTask === null ? "" : ` on ${sftTask}`}`;
  const moved = [...(rose > 0 ? [`more on ${rose}`] : []), ...(fell > 0 ? [`less on ${fell}`] : [])];
  const rest = [
    ...(fellToEnd > 0 ? [`on ${fellToEnd} with most prompts at an end of the scale`] : []),
    ...(unseen > 0 ? [`no change is seen on ${unseen}`] : []),
    ...(notTestable > 0 ? [`${notTestable} cannot be tested`] : []),
  ];
  const sensitivity =
    moved.length === 0
      ? `no change in how much the prompt matters is seen on ${counted(tasks, "task")}`
      : `the prompt matters ${moved.join(", ")} of ${counted(tasks, "task")}${rest.length === 0 ? "" : ` (${rest.join(", ")})`}`;
  const presentations = contrast === 0 ? "" : `; what one presentation makes against the other changes on ${contrast}`;
  const level = [...(higher > 0 ? [`higher on ${higher}`] : []), ...(lower > 0 ? [`lower on ${lower}`] : [])];
  const scores = level.length === 0 ? "changes clearly on none" : `is clearly ${level.join(", ")}`;
  if (notTestable === tasks) {
    return `${after} the mean score ${scores} of ${counted(tasks, "task")}${presentations}; how much the prompt matters cannot be tested.`;
  }
  return `${after} ${sensitivity}${presentations}; the mean score ${scores}.`;
}

function aloneHeadline(tasks: readonly TaskView[]): string {
  const single = tasks.filter(({ after }) => after.prompts.length < 2);
  if (single.length === tasks.length) {
    return `One prompt on ${single.length === 1 ? "one task" : `each of ${counted(tasks.length, "task")}`}: how much the prompt matters cannot be seen.`;
  }
  const tested = tasks.filter(({ after }) => pValues(after).length > 0);
  if (tested.length === 0)
    return `How much the prompt matters cannot be told on ${tasks.length === 1 ? "this task" : `any of ${counted(tasks.length, "task")}`}: the noise of the rows is not known.`;
  const matter = tasks.filter(({ after }) => promptMatters(after));
  const found = `On ${matter.length} of ${counted(tested.length, "task")} the prompt makes a difference of the score beyond the noise of the rows${tasks.length > 1 ? " (each at the 5 % level)" : ""}`;
  const tied = tasks.filter(({ after }) => isMostlyTied(after)).length;
  const ties =
    tied === 0 ? "" : `; on ${counted(tied, "task")} most answers are ties, which the order of the answers decides`;
  const widest = widestOf(matter);
  if (widest !== undefined) {
    const { worst, best } = widest.after.range;
    return `${found}; most on ${widest.task.name}, where prompts score from ${score(worst)} to ${score(best)}${contrastOf(widest.after)}${ties}.`;
  }
  const flips = tasks.flatMap(({ task, after: { answers } }) => (answers === null ? [] : [{ task, answers }]));
  const [flipped] = flips.sort((a, b) => b.answers.flip_rate - a.answers.flip_rate);
  return matter.length > 0 || flipped === undefined || flipped.answers.flip_rate === 0
    ? `${found}${ties}.`
    : `${found}; answers differ all the same: on ${flipped.task.name} two prompts answer ${percent(flipped.answers.flip_rate)} of the rows differently${ties}.`;
}

/** Says what the second presentation makes against the first, where that is seen. */
function contrastOf({ design, presentations }: TaskAtCheckpoint): string {
  if (presentations?.contrast == null || 2 * presentations.p_no_effect > 0.05) return "";
  const [first, second] = design.presentations.map((levels) => levels.split(", ")) as [string[], string[]];
  const own = (levels: string[], others: string[]) => levels.filter((level) => !others.includes(level)).join(", "); // prettier-ignore
  const { value, interval } = presentations.contrast;
  return ` (${own(second, first)} against ${own(first, second)}: ${signed(value)}, ${intervalInWords(interval, signed)})`;
}

/**
 * Tells whether prompts differ in score beyond the noise of the rows, by their wordings or by their presentations, each
 * task by itself at the 5 % level: the smaller of the two p-values counts twice.
 */
export function promptMatters(level: TaskAtCheckpoint): boolean {
  const all = pValues(level);
  return !isMostlyTied(level) && all.length > 0 && all.length * Math.min(...all) < 0.05;
}

/**
 * Returns the p-values of "the prompt makes no difference", within presentations and between them; none where the noise
 * of the rows is not known.
 */
export function pValues({ sensitivity, presentations }: TaskAtCheckpoint): number[] {
  return [sensitivity.probability?.p_no_effect, presentations?.p_no_effect].filter((p) => p != null);
}

/** Tells whether a sentence is about all tasks of a pair. */
export function isOverTasks(kind: Sentence["kind"]): boolean {
  return kind === "pooled" || kind === "over tasks";
}

/** Writes sentences about one view, those over all tasks first, then the clearest changes of sensitivity. */
export function viewSentences({ sentences, comparisons }: Analysis, view: View): Sentence[] {
  const own = sentences.filter(({ checkpoint }) => checkpoint === view.after);
  const p = (task: string | null) => {
    const found = comparisons.find((one) => one.sft === view.after && one.task === task);
    return found === undefined || found.verdict === "no change seen" ? 2 : (found.sensitivity.logit?.p_holm ?? 1);
  };
  const changes = own.filter(({ kind }) => kind === "change of sensitivity").sort((a, b) => p(a.task) - p(b.task));
  return [
    ...own.filter(({ kind }) => isOverTasks(kind)),
    ...changes,
    ...own.filter(({ kind }) => kind === "sensitivity"),
  ];
}
