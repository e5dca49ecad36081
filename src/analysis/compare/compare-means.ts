/** Compares two results of which one at least holds means alone: there are no rows to pair. */

import type { AnalysisInput, InputTask, Measured } from "../read/input.js";
import { mean } from "../../statistics/uncertainty.js";
import type { ComparedCell, ComparedMean, ComparedTask, Comparison } from "./compare-studies.js";
import { onlyInOne, pairedCheckpoints, unpaired } from "./pairs.js";

/**
 * Pairs checkpoints, tasks and prompts by name, and subtracts means. The error of a difference is that of two sets of
 * rows that have nothing in common: where rows were the same it is too large.
 */
export async function compareMeans(a: AnalysisInput, b: AnalysisInput): Promise<Comparison> {
  const checkpoints = pairedCheckpoints(a.checkpoints, b.checkpoints);
  const tasks: ComparedTask[] = [];
  for (const task of a.tasks) {
    const other = b.tasks.find(({ name }) => name === task.name);
    if (other !== undefined) tasks.push(await compareTask(task, other, checkpoints));
  }
  const names = ({ sources }: AnalysisInput) => sources.map(({ name }) => name).join(", ");
  const only = onlyInOne(a, b, { checkpoints, tasks: tasks.map(({ task }) => ({ a: task, b: task })) });
  return { a: names(a), b: names(b), checkpoints, tasks, only };
}

async function compareTask(
  task: InputTask,
  other: InputTask,
  checkpoints: Comparison["checkpoints"],
): Promise<ComparedTask> {
  const cells: ComparedCell[] = [];
  const [seenA, seenB] = [new Set<string>(), new Set<string>()];
  for (const checkpoint of checkpoints) {
    const [own, theirs] = [await task.read(checkpoint.a), await other.read(checkpoint.b)];
    for (const id of own?.prompts ?? []) seenA.add(id);
    for (const id of theirs?.prompts ?? []) seenB.add(id);
    if (own === undefined || theirs === undefined) continue;
    for (const id of own.prompts)
      if (theirs.prompts.includes(id))
        cells.push({ checkpoint, prompt: { a: id, b: id }, ...difference(own, theirs, id) });
  }
  const both = [...seenA].filter((id) => seenB.has(id)).map((id) => ({ a: id, b: id }));
  return {
    task: task.name,
    metric: { a: task.metric, b: other.metric, shared: task.metric === other.metric },
    definition: null,
    rows: null,
    pairedBy: "hash",
    prompts: both.map((pair) => ({ ...pair, sameText: null, axes: [] })),
    only: { a: unpaired([...seenA], both, "a"), b: unpaired([...seenB], both, "b") },
    cells,
    means: checkpoints.flatMap((checkpoint) => meanOver(checkpoint, cells)),
  };
}

function meanOver(checkpoint: ComparedMean["checkpoint"], cells: readonly ComparedCell[]): ComparedMean[] {
  const own = cells.filter((cell) => cell.checkpoint === checkpoint);
  if (own.length === 0) return [];
  const of = (side: "a" | "b") => mean(Float64Array.from(own, (cell) => cell.mean[side] ?? NaN));
  const [a, b] = [of("a"), of("b")];
  return [{ checkpoint, prompts: own.length, rows: null, mean: { a, b }, difference: b - a, stderr: null }];
}

function difference(a: Measured, b: Measured, prompt: string): Omit<ComparedCell, "checkpoint" | "prompt"> {
  const [p, q] = [a.prompts.indexOf(prompt), b.prompts.indexOf(prompt)];
  const [x, y] = [a.moments.means[p] as number, b.moments.means[q] as number];
  const [own, theirs] = [a.stderrs[p] ?? null, b.stderrs[q] ?? null];
  return {
    rows: null,
    mean: { a: x, b: y },
    difference: y - x,
    stderr: own === null || theirs === null ? null : Math.hypot(own, theirs),
    otherScores: null,
    otherAnswers: null,
    logprobs: null,
  };
}
