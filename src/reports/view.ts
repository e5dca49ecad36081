/** Describes what a report shows at a time: a checkpoint before and after SFT, or one checkpoint alone. */

import { byTraining } from "../analysis/document/axis.js";
import { counted } from "../base/wording.js";
import type {
  AnalysedTask,
  Analysis,
  Comparison,
  PromptLevel,
  TaskAtCheckpoint,
} from "../analysis/document/document.js";

export interface View {
  /** Unique in the report, fit for an HTML id. */
  readonly id: string;
  /** Checkpoint before SFT; null where one checkpoint stands alone. */
  readonly before: string | null;
  /** Checkpoint after SFT, or the one that stands alone. */
  readonly after: string;
  readonly sftTask: string | null;
  readonly step: number | null;
  /** True where the base was fine-tuned on the task several times, by other seeds say. */
  readonly isOneOfSeveral: boolean;
}

/** Holds one task in one view. */
export interface TaskView {
  readonly view: View;
  readonly task: AnalysedTask;
  readonly before: TaskAtCheckpoint | null;
  readonly after: TaskAtCheckpoint;
  readonly comparison: Comparison | null;
}

/** Holds a prompt in one view; after is what a checkpoint that stands alone got. */
export interface PromptPair {
  readonly prompt: string;
  readonly before: PromptLevel | null;
  readonly after: PromptLevel;
}

/** Holds an analysis with its parts found by name. */
export class Views {
  /** Pairs, the latest base first, then checkpoints that are in none. */
  readonly all: readonly View[];
  private readonly levels: ReadonlyMap<string, TaskAtCheckpoint>;
  private readonly comparisons: ReadonlyMap<string, Comparison>;

  constructor(readonly analysis: Analysis) {
    this.levels = new Map(analysis.levels.map((level) => [key(level.checkpoint, level.task), level]));
    this.comparisons = new Map(analysis.comparisons.map((one) => [key(one.base, one.sft, one.task), one]));
    this.all = viewsOf(analysis);
  }

  level(checkpoint: string, task: string): TaskAtCheckpoint | undefined {
    return this.levels.get(key(checkpoint, task));
  }

  /** @returns undefined where the checkpoint, or its base, was not scored on the task */
  taskView(view: View, task: AnalysedTask): TaskView | undefined {
    const after = this.level(view.after, task.name);
    if (after === undefined) return undefined;
    if (view.before === null) return { view, task, before: null, after, comparison: null };
    const before = this.level(view.before, task.name);
    const comparison = this.comparisons.get(key(view.before, view.after, task.name));
    return before === undefined || comparison === undefined ? undefined : { view, task, before, after, comparison };
  }

  /** Lists all task views, tasks in order and views in order within each. */
  taskViews(): TaskView[] {
    return this.analysis.tasks.flatMap((task) => this.all.flatMap((view) => this.taskView(view, task) ?? []));
  }
}

function viewsOf({ comparisons, checkpoints, levels }: Analysis): View[] {
  const pairs = new Map(comparisons.map((one) => [key(one.base, one.sft), one]));
  const paired = new Set([...pairs.values()].flatMap(({ base, sft }) => [base, sft]));
  const scored = new Set(levels.map(({ checkpoint }) => checkpoint));
  const alone = checkpoints.filter(({ name }) => !paired.has(name) && scored.has(name));
  const placed = new Map(checkpoints.map((one) => [one.name, one]));
  const latest = (a: string, b: string) => {
    const [first, second] = [placed.get(a), placed.get(b)];
    return first === undefined || second === undefined ? 0 : byTraining(second, first);
  };
  return [
    ...[...pairs.values()]
      .sort((a, b) => latest(a.sft, b.sft))
      .map((one) => ({ before: one.base, after: one.sft, sftTask: one.sft_task, step: one.step })),
    ...alone
      .sort((a, b) => latest(a.name, b.name))
      .map(({ name, step, sft_task }) => ({ before: null, after: name, sftTask: sft_task, step })),
  ].map((view, i, all) => ({
    id: `v${i}`,
    ...view,
    isOneOfSeveral: all.filter(({ before, sftTask }) => before === view.before && sftTask === view.sftTask).length > 1,
  }));
}

/** Lists the prompts of a view, worst first as they are after SFT. */
export function promptPairs({ before, after }: TaskView): PromptPair[] {
  const earlier = new Map(before?.prompts.map((level) => [level.prompt, level]));
  return after.prompts
    .flatMap((level) => {
      const other = earlier.get(level.prompt) ?? null;
      return before !== null && other === null ? [] : [{ prompt: level.prompt, before: other, after: level }];
    })
    .sort((a, b) => a.after.mean - b.after.mean);
}

/** Writes how a view is called: its checkpoints, what it was fine-tuned on. */
export function viewLabel({ before, after, sftTask, isOneOfSeveral }: View): string {
  if (before === null) return after;
  return sftTask === null || isOneOfSeveral ? `${before} → ${after}` : `${before}, SFT on ${sftTask}`;
}

/** Counts pairs and checkpoints that are in none: "2 earlier pairs and 1 checkpoint". */
export function countedViews(views: readonly View[]): string {
  const pairs = views.filter(({ before }) => before !== null).length;
  const alone = views.length - pairs;
  const names = [
    ...(pairs > 0 ? [counted(pairs, "earlier pair")] : []),
    ...(alone > 0 ? [counted(alone, pairs > 0 ? "checkpoint" : "earlier checkpoint")] : []),
  ];
  return names.join(" and ");
}

function key(...names: readonly string[]): string {
  return JSON.stringify(names);
}

/** Tells whether most answers of a checkpoint are ties, which the order of the answers decides. */
export function isMostlyTied({ scorer: { tied } }: TaskAtCheckpoint): boolean {
  return tied !== null && 2 * tied.rows > tied.of;
}

/**
 * Finds the task whose prompts lie furthest apart, of those whose scores lie from 0 to 1: others are on scales of their
 * own.
 */
export function widestOf(tasks: readonly TaskView[]): TaskView | undefined {
  const comparable = tasks.filter(({ task: { range: { low, high } } }) => low === 0 && high === 1); // prettier-ignore
  return comparable.sort((a, b) => b.after.range.spread - a.after.range.spread)[0];
}
