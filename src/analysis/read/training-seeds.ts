/**
 * Decides which seeds of a table are those of training runs, and which tell only repeated scores of one checkpoint
 * apart.
 */

import type { Limit } from "../document/document.js";
import { checkpointNames, type NamedCheckpoint } from "../../importers/checkpoint-names.js";
import { checkpointsOf } from "./read-table.js";

/** Holds what is known of the seeds of a table. */
export interface TrainingSeeds {
  /** Tells whether lines of one checkpoint that differ by their seed are checkpoints of their own. */
  readonly apart: (cell: NamedCheckpoint) => boolean;
  readonly limits: readonly Limit[];
}

/**
 * Seeds of fine-tuned checkpoints are replicates where their base has no seeds, or where base and fine-tuned checkpoint
 * have the same ones and are paired by them. Other seeds tell repeated scores of one checkpoint apart, which are
 * averaged.
 */
export function trainingSeeds(cells: readonly NamedCheckpoint[]): TrainingSeeds {
  const plain = cells.map((cell): NamedCheckpoint => ({ ...cell, seed: null }));
  const names = checkpointNames(plain);
  const seeds = new Map<string, Set<string>>();
  cells.forEach((cell) => {
    const name = names({ ...cell, seed: null });
    seeds.set(name, (seeds.get(name) ?? new Set()).add(cell.seed ?? ""));
  });
  const seedsOf = (name: string) => [...(seeds.get(name) ?? [])].sort();
  const checkpoints = checkpointsOf(plain, names);
  const limits: Limit[] = [];
  const apart = new Set<string>();
  for (const { name, stage, base } of checkpoints) {
    if (stage !== "sft" || seedsOf(name).includes("")) continue;
    const bases = checkpoints.filter((one) => one.stage !== "sft" && (base === null || one.name === base));
    const seeded = bases.filter((one) => seedsOf(one.name).length > 1);
    if (seeded.length === 0) apart.add(name);
  }
  for (const { name } of checkpoints.filter(({ stage }) => stage !== "sft")) {
    const [own, tuned] = [seedsOf(name), checkpoints.filter(({ base }) => base === name)];
    const several = tuned.filter((one) => seedsOf(one.name).length > 1);
    if (own.length < 2 || several.length === 0) continue;
    if (tuned.every((one) => seedsOf(one.name).join("\u0000") === own.join("\u0000")) && !own.includes("")) {
      for (const one of [name, ...tuned.map((other) => other.name)]) apart.add(one);
    } else {
      const why = `the seeds of ${name} are not those of ${several.map((one) => one.name).join(", ")}: their scores are averaged`;
      limits.push({ what: "what is the seed's and what is the tuning's", why, task: null, checkpoint: null });
    }
  }
  return { apart: (cell) => apart.has(names({ ...cell, seed: null })), limits };
}
