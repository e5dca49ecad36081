/**
 * Simulated pairs of checkpoints on several tasks, through the whole path, and what is said over all tasks together.
 */

import { analyse } from "../../src/analysis/analyse.js";
import { readRowTable } from "../../src/analysis/read/read-row-table.js";
import { randomStream } from "../../src/base/random.js";
import { parseRowTable } from "../../src/importers/row-table.js";
import { fastStream, normalDraws } from "../../src/statistics/draws.js";
import { below, linesOf, STUDY_HEADER, Tally, within } from "./study.js";
import { latentOf, scoresOf, type SharedPrompts, sharedPrompts, type World } from "./worlds.js";

/** Tasks of one pair: their means before differ, and so do their SDs. */
export interface PoolWorld {
  readonly name: string;
  readonly tasks: number;
  /** SD before in logits at the middle task, and SD after / SD before. */
  readonly sd: number;
  readonly ratio: number;
  /** Largest change of a task's mean. */
  readonly gain: number;
  /** Correlation of the effects of two tasks' wordings, though they are not the same. */
  readonly together?: number;
}

/** Holds the figures that are counted. */
export const POOL_FIGURES = ["p ratio", "ratio, logit", "ratio, prob.", "p mean", "mean"] as const;

const ITEMS = 100;

/** Simulates studies of a world. @param seed begins the names of the streams */
export async function simulatedPools(world: PoolWorld, studies: number, seed: string): Promise<Tally> {
  const tally = new Tally();
  const uniform = fastStream(randomStream(seed, "pool", world.name, world.tasks));
  const normal = normalDraws(uniform);
  // Tasks of known means and SDs, each as likely as another.
  const tasks = Array.from({ length: 12 }, () => taskOf(world, uniform, normal)).map((one) => ({
    world: one,
    latent: latentOf(one),
  }));
  const sum = (of: (task: (typeof tasks)[number]) => number) => tasks.reduce((total, task) => total + of(task), 0);
  const ratio = (scale: "logit" | "probability") =>
    Math.sqrt(sum(({ latent }) => latent.truth.within[scale][1] ** 2) / sum(({ latent }) => latent.truth.within[scale][0] ** 2)); // prettier-ignore
  const change = sum(({ latent: { truth } }) => truth.mean[1] - truth.mean[0]) / tasks.length;
  for (let study = 0; study < studies; study++) {
    const shared = world.together === undefined ? undefined : sharedPrompts(24, world.together, normal);
    const drawn = Array.from(
      { length: world.tasks },
      () => tasks[Math.floor(uniform() * tasks.length)] as (typeof tasks)[number],
    );
    const table = await parseRowTable(
      { header: STUDY_HEADER, unit: "row", lines: all(drawn, shared, uniform, normal) },
      "simulation",
    );
    const { pooled } = await analyse(readRowTable(table, "simulation"), { seed: study });
    const of = (quantity: string) => pooled.find((one) => one.quantity === quantity && one.over === "all tasks");
    const [logit, probability, level] = ["SD ratio, logit scale", "SD ratio, probability scale", "level"].map(of);
    tally.add("p ratio", below(logit?.p));
    tally.add("ratio, logit", within(logit?.interval, ratio("logit")));
    tally.add("ratio, prob.", within(probability?.interval, ratio("probability")));
    tally.add("p mean", below(level?.p));
    tally.add("mean", within(level?.interval, change));
  }
  return tally;
}

function taskOf({ name, sd, ratio, gain }: PoolWorld, uniform: () => number, normal: () => number): World {
  const mean = 0.35 + 0.3 * uniform();
  const before = sd * Math.exp(0.3 * normal());
  return {
    name,
    design: "C",
    prompts: 24,
    items: ITEMS,
    means: [mean, Math.min(0.9, mean + gain * uniform())],
    sds: [before, before * ratio],
    presentation: 0.2,
  };
}

function* all(
  drawn: readonly { readonly world: World; readonly latent: ReturnType<typeof latentOf> }[],
  shared: SharedPrompts | undefined,
  uniform: () => number,
  normal: () => number,
) {
  for (const [k, { world, latent }] of drawn.entries()) {
    yield* linesOf(world, scoresOf(world, latent, uniform, normal, shared), `task ${k}`, `task ${k} w`);
  }
}
