/** Makes the document of an analysis from stored results, one task at a time. */

import { UserError } from "../base/errors.js";
import { counted } from "../base/wording.js";
import { VERSION } from "../base/package-info.js";
import { randomStream } from "../base/random.js";
import { adjusted } from "./parts/adjust.js";
import { changeOf, differentlyAsked } from "./parts/change-of.js";
import {
  ANALYSIS_SCHEMA, type AnalysedCheckpoint, type AnalysedPrompt, type AnalysedTask, type Analysis, type Comparison, type Limit, type OrderRecord, type RankAgreement,
  type Replicates, type TaskAtCheckpoint, type Trend,
} from "./document/document.js"; // prettier-ignore
import { areShares, type AnalysisInput, type InputTask, type Measured } from "./read/input.js";
import { levelOf } from "./parts/level-of.js";
import {
  limitsOfBaseRuns,
  limitsOfBases,
  limitsOfComparison,
  limitsOfLevel,
  limitsOfMeans,
  limitsOfMeasured,
  limitsOfMetric,
  limitsOfOrder,
  merged,
} from "./limits.js";
import { type PoolEntry, poolFigures, poolLimit, poolsOf, wordingsOf } from "./parts/pooled.js";
import { ordersOf } from "./parts/order-of.js";
import { overTasks, taskEntry, type TaskEntry } from "./parts/over-tasks.js";
import type { Streams } from "./document/records.js";
import { adjustedReplicates, armsOf, limitsOfArms, type ReplicateMember, replicateOf } from "./parts/replicates.js";
import { sentencesOf } from "./sentences.js";
import { agreementOf } from "./parts/training.js";
import { adjustedTrends, trendsOf } from "./parts/trends.js";
import { groupsOf, relationOf, transferOf } from "./parts/transfer.js";

export interface AnalysisOptions {
  /** Everything drawn at random follows from it. */
  readonly seed: number;
  /** Told before each task. */
  readonly progress?: (task: string) => void;
}

type RawRecord = Omit<Comparison, "verdict">;

/** Holds what one task adds. */
interface TaskPart {
  readonly task: AnalysedTask;
  readonly levels: readonly TaskAtCheckpoint[];
  readonly comparisons: readonly {
    readonly record: RawRecord;
    readonly entry: (tasks: readonly AnalysedTask[]) => PoolEntry;
    readonly own: TaskEntry;
  }[];
  readonly orders: readonly OrderRecord[];
  readonly agreement: readonly RankAgreement[];
  readonly replicates: readonly Replicates[];
  readonly trends: readonly Trend[];
  readonly limits: readonly Limit[];
}

/**
 * @throws UserError where a source cannot be read
 */
export async function analyse(input: AnalysisInput, { seed, progress }: AnalysisOptions): Promise<Analysis> {
  const streams: Streams = (...names) => randomStream("analysis", seed, ...names);
  const parts: TaskPart[] = [];
  for (const task of input.tasks) {
    progress?.(task.name);
    parts.push(await analyseTask(task, input.checkpoints, (...names) => streams(task.name, ...names)));
  }
  const tasks = parts.map(({ task }) => task);
  const levels = parts.flatMap((part) => part.levels);
  const raw = parts.flatMap((part) => part.comparisons);
  const pairs = input.checkpoints.flatMap(({ name }) => {
    const own = raw.filter(({ record }) => record.sft === name);
    return own.length === 0 ? [] : [own];
  });
  const comparisons = pairs.flatMap((own) => adjusted(own.map(({ record }) => record)));
  const trends = adjustedTrends(parts.flatMap((part) => part.trends));
  const pools = pairs.map((own) => {
    const { base, sft, sft_task, step } = (own as [(typeof own)[number]])[0].record;
    const pair = { base, sft, sft_task, step };
    const summed = overTasks(pair, own.map((one) => one.own)); // prettier-ignore
    return { pair, entries: own.map(({ entry }) => entry(tasks)), summed };
  });
  const { groups, limits: limitsOfGroups } = groupsOf(comparisons, levels, input.checkpoints, tasks);
  const figures = {
    checkpoints: input.checkpoints,
    levels,
    comparisons,
    pooled: pools.flatMap(({ pair, entries }) => poolsOf(pair, entries)),
    over_tasks: pools.flatMap(({ summed }) => summed.summaries),
    strata: pools.flatMap(({ summed }) => summed.differences),
    orders: parts.flatMap((part) => part.orders),
    agreement: parts.flatMap((part) => part.agreement),
    replicates: adjustedReplicates(parts.flatMap((part) => part.replicates)),
    trends,
    transfer: transferOf(comparisons, levels, tasks),
    groups,
  };
  return {
    schema: ANALYSIS_SCHEMA,
    version: VERSION,
    seed,
    sources: input.sources,
    unfinished: input.unfinished ?? null,
    tasks,
    ...figures,
    sentences: sentencesOf(figures),
    limits: merged(
      [
        ...parts.flatMap((part) => part.limits),
        ...levels.flatMap(limitsOfLevel),
        ...comparisons.flatMap(limitsOfComparison),
        ...parts.flatMap((part) => part.orders.flatMap(limitsOfOrder)),
        ...pools.flatMap(({ pair, entries }) => poolLimit(pair.sft, entries) ?? []),
        ...pools.flatMap(({ summed }) => summed.limits),
        ...limitsOfGroups,
        ...limitsOfBases(input.checkpoints),
        ...limitsOfBaseRuns(input.checkpoints),
        ...limitsOfArms(input.checkpoints, comparisons, figures.replicates),
      ],
      tasks.length,
    ),
  };
}

/** @throws UserError where the score of guessing is none that the metric can have */
function refuseOtherScale({ name, judged: { range } }: InputTask, chance: number | null): void {
  const [low, high] = range;
  if (chance === null || ((low === null || chance >= low) && (high === null || chance <= high))) return;
  throw new UserError(
    `task ${name}: chance is ${chance}, but scores lie between ${low ?? "-∞"} and ${high ?? "∞"}; give chance on the scale of the scores`,
  );
}

async function analyseTask(
  task: InputTask,
  checkpoints: readonly AnalysedCheckpoint[],
  streams: Streams,
): Promise<TaskPart> {
  const measured = new Map<string, Measured>();
  const levels: TaskAtCheckpoint[] = [];
  let prompts: readonly AnalysedPrompt[] = [];
  for (const { name } of checkpoints) {
    const own = await task.read(name);
    if (own === undefined) continue;
    prompts = task.describe().prompts;
    levels.push(levelOf(own, task, prompts, (...names) => streams(name, ...names)));
    measured.set(name, withoutExplanations(own));
  }
  const described = task.describe();
  refuseOtherScale(task, described.chance);
  const about = { ...task, chance: described.chance };
  const trends = trendsOf(task.name, measured, checkpoints, prompts, (...names) => streams("trend", ...names));
  const orders = ordersOf(task.name, measured, checkpoints, prompts, streams);
  const limits = [
    ...task.limits,
    ...limitsOfMetric(task),
    ...limitsOfMeans(task.name, [...measured.values()]),
    ...[...measured.values()].flatMap((one) => limitsOfMeasured(task.name, one)),
    ...trends.limits,
    ...orders.limits,
  ];
  const arms = armsOf(checkpoints);
  const members = new Map<string, ReplicateMember[]>();
  const comparisons = checkpoints.flatMap((sft) => {
    const [before, after] = [measured.get(sft.base ?? ""), measured.get(sft.name)];
    if (before === undefined || after === undefined) return [];
    const raw = changeOf(before, after, about, sft, prompts, (...names) => streams(sft.name, "change", ...names));
    if (raw === null) {
      limits.push({
        what: "change after fine-tuning",
        why: `${before.checkpoint} and ${after.checkpoint} share no prompt on the same rows`,
        task: task.name,
        checkpoint: after.checkpoint,
      });
      return [];
    }
    const different = differentlyAsked(before, after);
    if (different > 0) {
      limits.push({
        what: "what fine-tuning alone changed",
        why: `${counted(different, "prompt")} of the same name asked ${before.checkpoint} and ${after.checkpoint} in different words or with different shots`,
        task: task.name,
        checkpoint: after.checkpoint,
      });
    }
    const arm = arms.get(sft.name);
    if (arm !== undefined) members.set(arm, [...(members.get(arm) ?? []), { sft, before, after, raw }]);
    return [{ record: raw.record, entry: poolEntryLater(raw, task.name, sft.sft_task), own: taskEntry(raw) }];
  });
  const replicates = [...members].flatMap(([arm, own]) => {
    const found = replicateOf(arm, own, prompts, (...names) => streams("replicates", arm, ...names));
    limits.push(...found.limits);
    return found.record ?? [];
  });
  return {
    task: describedTask(task),
    levels,
    comparisons,
    orders: orders.orders,
    agreement: agreementOf(task.name, levels, checkpoints, streams),
    replicates,
    trends: trends.trends,
    limits,
  };
}

function describedTask({ name, family, metric, judged, describe }: InputTask): AnalysedTask {
  const { title, range, higher_is_better, answer_kind } = judged;
  const about = { metric_title: title, range: { low: range[0], high: range[1] }, higher_is_better, answer_kind };
  return { name, family, metric, ...about, shares: areShares(judged), ...describe() };
}

/** Computes the effects now, while the scores are there, and the relation once all tasks are known. */
function poolEntryLater(
  raw: Parameters<typeof poolFigures>[0],
  name: string,
  sftTask: string | null,
): (tasks: readonly AnalysedTask[]) => PoolEntry {
  const figures = poolFigures(raw);
  return (tasks) => {
    const task = tasks.find((one) => one.name === name) as AnalysedTask;
    return { ...figures, wordings: wordingsOf(task), relation: relationOf(sftTask, task, tasks) };
  };
}

/** Keeps what comparisons need; the rest would fill the memory with every checkpoint. */
function withoutExplanations(measured: Measured): Measured {
  const { scores } = measured;
  if (scores === null) return measured;
  const answers = scores.answers && { ...scores.answers, logprobs: null };
  return { ...measured, scores: { ...scores, answers, alternatives: [] } };
}
