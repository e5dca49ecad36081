/** Names the checkpoints of a table, and finds the base of each that was fine-tuned. */

import type { TableCell } from "./long-table.js";

/** Holds what tells one checkpoint from another. */
export type NamedCheckpoint = Pick<TableCell, "checkpoint" | "step" | "stage" | "sft_task" | "run" | "seed">;

/**
 * Names checkpoints: one of pre-training gives its name to its base; what was fine-tuned from it carries the task as
 * well. A name that stands at several steps is a run: its checkpoints are named by their step. One of several runs
 * carries its run, one of several seeds its seed.
 */
export function checkpointNames(cells: readonly NamedCheckpoint[]): (cell: NamedCheckpoint) => string {
  const steps = new Map<string, Set<number | null>>();
  for (const { checkpoint, step } of cells) steps.set(checkpoint, (steps.get(checkpoint) ?? new Set()).add(step));
  const plain = stageNames(cells);
  const atStep = (cell: NamedCheckpoint) =>
    (steps.get(cell.checkpoint)?.size ?? 0) > 1 && cell.step !== null
      ? plain(cell).replace(cell.checkpoint, () => `${cell.checkpoint}@step${cell.step}`)
      : plain(cell);
  return apartBy("seed", cells, apartBy("run", cells, atStep));
}

/** Returns names that carry what a name has several of: its runs, or its seeds. */
function apartBy(
  what: "run" | "seed",
  cells: readonly NamedCheckpoint[],
  nameOf: (cell: NamedCheckpoint) => string,
): (cell: NamedCheckpoint) => string {
  const found = new Map<string, Set<string>>();
  for (const cell of cells) {
    const name = nameOf(cell);
    found.set(name, (found.get(name) ?? new Set()).add(cell[what] ?? ""));
  }
  return (cell) =>
    (found.get(nameOf(cell))?.size ?? 0) > 1 ? `${nameOf(cell)} ${what} ${cell[what] ?? "unknown"}` : nameOf(cell);
}

function stageNames(cells: readonly NamedCheckpoint[]): (cell: NamedCheckpoint) => string {
  const stages = new Map<string, Set<string>>();
  const stageOf = ({ stage, sft_task }: NamedCheckpoint) => JSON.stringify([stage, sft_task]);
  for (const cell of cells) {
    stages.set(cell.checkpoint, (stages.get(cell.checkpoint) ?? new Set()).add(stageOf(cell)));
  }
  return (cell) =>
    cell.stage !== "sft" || stages.get(cell.checkpoint)?.size === 1
      ? cell.checkpoint
      : `${cell.checkpoint}+${cell.sft_task ?? "sft"}`;
}

/**
 * Finds the base of a fine-tuned checkpoint: the one of the same name, and of the same run where several have it,
 * otherwise the only one of the same run and step.
 * @param all every checkpoint with its name
 * @returns null where there is none, or the checkpoint is no fine-tuned one
 */
export function baseNameOf(
  cell: NamedCheckpoint,
  all: readonly (readonly [name: string, NamedCheckpoint])[],
): string | null {
  if (cell.stage !== "sft") return null;
  const bases = all.filter(([, { stage, seed }]) => stage !== "sft" && ((seed ?? null) === null || seed === cell.seed));
  const ofName = bases.filter(
    ([base, one]) => base === cell.checkpoint || (one.checkpoint === cell.checkpoint && one.step === cell.step),
  );
  const runs = new Set(ofName.map(([, { run }]) => run ?? null));
  const sameName = runs.size > 1 ? ofName.find(([, { run }]) => (run ?? null) === (cell.run ?? null)) : ofName[0];
  const sameStep = bases.filter(
    ([, { step, run }]) => step !== null && step === cell.step && (run ?? null) === (cell.run ?? null),
  );
  return (sameName ?? (sameStep.length === 1 ? sameStep[0] : undefined))?.[0] ?? null;
}
