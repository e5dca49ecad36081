/** Computes what fine-tuning on one task did to the others, and where tasks are learned. */

import { type BeforeAfter, ratioOfChange } from "../../statistics/forgetting.js";
import { learnedIn, meanChange } from "../../statistics/learned.js";
import { FEWEST_TASKS } from "../../statistics/crossed/pooled-ratio.js";
import { counted } from "../../base/wording.js";
import { tInterval } from "../../statistics/distributions.js";
import { mean, variance } from "../../statistics/uncertainty.js";
import { soleKind } from "../../metrics/metric.js";
import { builtinMetric } from "../../metrics/registry.js";
import { BUILTIN_TASKS } from "../../tasks/builtin/index.js";
import { familyName } from "../../tasks/families/family.js";
import { byTraining, placeOn, TRAINING_AXES, type TrainingAxis } from "../document/axis.js";
import type { AnalysedCheckpoint, AnalysedTask, Comparison, Groups, Limit, RatioSummary, TaskAtCheckpoint, Transfer, TransferCell } from "../document/document.js"; // prettier-ignore
import { finite, intervalRecord } from "../document/records.js";
import { sftTasks } from "./training.js";

export interface TransferTask {
  readonly name: string;
  readonly family: string | null;
  readonly metric: string;
  readonly chance: number | null;
  readonly range: AnalysedTask["range"];
  readonly higher_is_better: boolean;
  readonly answer_kind: AnalysedTask["answer_kind"];
}

/** Tells whether a score grows from 0: of others there is nothing that a ratio could be of. */
function hasRatio({ range: { low }, higher_is_better }: TransferTask): boolean {
  return low === 0 && higher_is_better;
}

/**
 * Tells how an evaluated task is related to the one trained on, by name and family. A name like "mnli" stands for all
 * "mnli_…".
 */
export function relationOf(
  sftTask: string | null,
  task: TransferTask,
  tasks: readonly TransferTask[],
): TransferCell["relation"] {
  if (sftTask === null) return "unknown";
  if (isTrainedOn(sftTask, task.name)) return "trained";
  const builtin = BUILTIN_TASKS.map(({ name, family }) => ({ name, family: familyName(family) }));
  const known: readonly Pick<TransferTask, "name" | "family">[] = [...tasks, ...builtin];
  const families = new Set(known.filter(({ name }) => isTrainedOn(sftTask, name)).map(({ family }) => family));
  families.delete(null);
  if (families.size === 0 || task.family === null) return "unknown";
  return families.has(task.family) ? "same family" : "other family";
}

function isTrainedOn(sftTask: string, task: string): boolean {
  return task === sftTask || task.startsWith(`${sftTask}_`);
}

export function transferOf(
  comparisons: readonly Comparison[],
  levels: readonly TaskAtCheckpoint[],
  tasks: readonly TransferTask[],
): Transfer[] {
  const pairs = new Map<string, Comparison[]>();
  for (const one of comparisons) {
    if (one.sft_task !== null) pairs.set(one.sft, [...(pairs.get(one.sft) ?? []), one]);
  }
  return [...pairs.values()].map((own) => {
    const [{ base, sft, sft_task: sftTask, step }] = own as [Comparison];
    const cells = own.map((one) => {
      const task = tasks.find(({ name }) => name === one.task) as TransferTask;
      const { before, after, change, item_stderr: stderr } = one.level;
      const beforeStderr = levelStderr(levels, one.base, one.task);
      const dataset: BeforeAfter = { name: task.name, before, after, chance: task.chance ?? 0, beforeStderr };
      const floor = task.chance === null ? NaN : ratioOfChange([dataset]).floorAware.mean;
      const cell: TransferCell = {
        task: task.name,
        relation: relationOf(sftTask, task, tasks),
        before,
        after,
        change,
        stderr,
        ratio: before === 0 || !hasRatio(task) ? null : change / before,
        floor_aware_ratio: hasRatio(task) ? finite(floor) : null,
      };
      return { cell, task, dataset };
    });
    const others = cells.filter(({ cell, task }) => cell.relation !== "trained" && hasRatio(task));
    const summaries = (["all other tasks", "generation", "classification"] as const).flatMap((over) =>
      summary(
        over,
        others
          .filter(({ task }) => over === "all other tasks" || isGenerated(task) === (over === "generation"))
          .map(({ task, dataset }) => ({ ...dataset, chanceKnown: task.chance !== null })),
      ),
    );
    return { base, sft, sft_task: sftTask as string, step, cells: cells.map(({ cell }) => cell), summaries };
  });
}

/** Tells whether answers were generated; where a table does not say it, a metric that fits one kind of answer does. */
function isGenerated({ answer_kind, metric }: Pick<TransferTask, "answer_kind" | "metric">): boolean {
  const known = builtinMetric(metric);
  return (answer_kind ?? (known && soleKind(known))) === "generation";
}

function summary(
  over: RatioSummary["over"],
  datasets: readonly (BeforeAfter & { readonly chanceKnown: boolean })[],
): RatioSummary[] {
  if (datasets.length === 0) return [];
  const ratio = ratioOfChange(datasets);
  const known = datasets.every(({ chanceKnown }) => chanceKnown);
  return [
    {
      over,
      tasks: datasets.map(({ name }) => name),
      mean: finite(ratio.mean),
      mean_interval: overTasks(ratio.ratios.map((one) => one.ratio)),
      median: finite(ratio.median),
      trimmed: finite(ratio.trimmed),
      leave_one_out: ratio.leaveOneOut,
      floor_aware_mean: known ? finite(ratio.floorAware.mean) : null,
      floor_aware_median: known ? finite(ratio.floorAware.median) : null,
      at_floor: known ? ratio.floorAware.atFloor : [],
    },
  ];
}

/**
 * Returns the interval by Student's t over the tasks' ratios, for tasks like these; null for fewer than
 * {@link FEWEST_TASKS}, or where all are equal.
 */
function overTasks(ratios: readonly number[]): RatioSummary["mean_interval"] {
  const stderr = Math.sqrt(variance(ratios) / ratios.length);
  if (ratios.length < FEWEST_TASKS || stderr === 0) return null;
  return intervalRecord(tInterval(mean(ratios), stderr, ratios.length - 1));
}

/**
 * Tells where tasks are learned: each by its own fine-tuning where it was trained on, otherwise by the fine-tuning that
 * brought most. It is a question of one run: null, and why, for bases of several or at places that nothing tells.
 */
export function groupsOf(
  comparisons: readonly Comparison[],
  levels: readonly TaskAtCheckpoint[],
  checkpoints: readonly AnalysedCheckpoint[],
  described: readonly TransferTask[],
): { readonly groups: Groups | null; readonly limits: readonly Limit[] } {
  const bases = checkpoints.filter(({ name }) => comparisons.some(({ base }) => base === name));
  bases.sort(byTraining);
  if (bases.length < 2) return { groups: null, limits: [] };
  const why = whyNoOrder(bases);
  if (why !== null)
    return {
      groups: null,
      limits: [{ what: "which tasks are learned in pre-training", why, task: null, checkpoint: null }],
    };
  // What is learned is seen by a rise of the score.
  const falling = new Set(described.filter((task) => !task.higher_is_better).map(({ name }) => name));
  const tasks = [...new Set(comparisons.map(({ task }) => task))].filter((task) => !falling.has(task));
  const found = tasks.flatMap((task) => {
    const curves = sftTasks(checkpoints).map((sftTask) => {
      const own = bases.map(({ name }) =>
        comparisons.find((one) => one.task === task && one.base === name && one.sft_task === sftTask),
      );
      const stderrs = own.flatMap((one) => (one ? (levelStderr(levels, one.sft, one.task) ?? []) : []));
      const curve = {
        name: task,
        base: own.map((one) => one?.level.before ?? NaN),
        sft: own.map((one) => one?.level.after ?? NaN),
        stderr: stderrs.length === 0 ? null : mean(stderrs),
      };
      return { task, sftTask, curve, trained: isTrainedOn(sftTask, task) };
    });
    const measured = curves.filter(({ curve }) => curve.sft.some((value) => !Number.isNaN(value)));
    const own = measured.filter(({ trained }) => trained);
    const candidates = (own.length > 0 ? own : measured).map((one) => ({ ...one, learned: learnedIn(one.curve) }));
    candidates.sort((a, b) => gain(b.learned.fineTuningGain) - gain(a.learned.fineTuningGain));
    return candidates.slice(0, 1);
  });
  const changeOfGroup = (group: string) =>
    meanChange(found.filter(({ learned }) => learned.learnedIn === group).map(({ curve }) => curve));
  const [pre, fine, neither] = ["pre-training", "fine-tuning", "neither"].map(changeOfGroup);
  const groups = {
    tasks: found.map(({ task, sftTask, learned }) => ({
      task,
      sft_task: sftTask,
      learned_in: learned.learnedIn,
      pre_training_gain: finite(learned.preTrainingGain),
      fine_tuning_gain: finite(learned.fineTuningGain),
    })),
    changes: bases.map(({ name, step }, k) => ({
      base: name,
      step,
      pre_training: finite(pre?.[k] ?? NaN),
      fine_tuning: finite(fine?.[k] ?? NaN),
      neither: finite(neither?.[k] ?? NaN),
    })),
  };
  return { groups, limits: [] };
}

/** Says why bases are no course of one training; null where they are. */
function whyNoOrder(bases: readonly AnalysedCheckpoint[]): string | null {
  const runs = [...new Set(bases.map(({ run }) => run))];
  if (runs.length > 1) return `the bases are of ${counted(runs.length, "run")}, and a gain is one along one run`;
  // One without a step, as main, is the end of the run.
  const unplaced = (axis: TrainingAxis) => bases.filter((one) => placeOn(axis, one) === null).length;
  const isPlaced = TRAINING_AXES.some((axis) => unplaced(axis) <= 1);
  return runs[0] === null || !isPlaced ? "nothing says where in one training run each base lies; give columns run and step" : null; // prettier-ignore
}

function gain(value: number): number {
  return Number.isNaN(value) ? -Infinity : value;
}

function levelStderr(levels: readonly TaskAtCheckpoint[], checkpoint: string, task: string): number | null {
  return levels.find((one) => one.checkpoint === checkpoint && one.task === task)?.level.item_stderr ?? null;
}
