/**
 * Simulated leaderboards: checkpoints on tasks of known sensitivity, through entries and boards, and what the ranks by
 * sensitivity say of them.
 */

import { randomStream } from "../../src/base/random.js";
import { hashValue } from "../../src/base/hash.js";
import { leaderboardOf } from "../../src/leaderboard/boards.js";
import { studyEntries } from "../../src/leaderboard/from-study.js";
import { centredWithin } from "../../src/statistics/crossed/design.js";
import { fastStream, normalDraws } from "../../src/statistics/draws.js";
import type { CheckpointRecord, Results, TaskRecord } from "../../src/store/results.js";
import type { StudyData } from "../../src/store/study-data.js";
import { Tally, within } from "./study.js";
import { INTERACTION_SD, ITEM_SD, latentOf, layoutOf, normalMean, offsetOf, sigmoid, type World } from "./worlds.js"; // prettier-ignore

/** Describes the checkpoints of a board, each asked all tasks under the same prompts and rows. */
export interface BoardWorld {
  readonly name: string;
  readonly tasks: number;
  readonly prompts: number;
  readonly items: number;
  /** SD over all prompts in logits of each checkpoint. */
  readonly sds: readonly number[];
  /** Mean score of each checkpoint; .5 where it is left out. */
  readonly means?: readonly number[];
  /** Correlation of what a wording does to two checkpoints; 1 makes checkpoints of one SD equal under these prompts. */
  readonly together: number;
}

/** Names the figures that are counted. */
export const BOARD_FIGURES = ["pairs told apart", "two groups", "SD", "rank", "SD, new", "rank, new"] as const;

const ROW_CORRELATION = 0.8;

/** Simulates boards of a world. @param seed begins the name of the stream */
export async function simulatedBoards(world: BoardWorld, boards: number, seed: string): Promise<Tally> {
  const uniform = fastStream(randomStream(seed, "boards", world.name));
  const normal = normalDraws(uniform);
  const sides = world.sds.map((sd, k) => sideOf(world, sd, world.means?.[k] ?? 0.5));
  const tally = new Tally();
  for (let board = 0; board < boards; board++) {
    const drawn = Array.from({ length: world.tasks }, () => drawnTask(world, sides, uniform, normal));
    const entries = await studyEntries(studyOf(world, drawn, `${world.name} ${board}`), () => null);
    const [overall] = leaderboardOf(entries).overall ?? [];
    if (overall === undefined) throw new RangeError("a board needs two tasks and two checkpoints");
    const names = new Map(entries.map(({ hash, checkpoint }) => [hash, Number(checkpoint.name)]));
    const ranks = overall.ranks.flatMap(({ entries: [first = ""], sensitivity }) =>
      sensitivity === undefined ? [] : [{ of: names.get(first) ?? 0, ...sensitivity }],
    );
    const these = world.sds.map((_, k) => mean(drawn.map(({ truths }) => truths[k] as number)));
    const all = sides.map(({ latent }) => latent.truth.within.probability[0]);
    for (const { of, interval, low, high } of ranks) {
      tally.add("SD", within(interval, these[of] as number));
      tally.add("rank", low <= lastOf(these, of) && firstOf(these, of) <= high);
      tally.add("SD, new", within(interval, all[of] as number));
      tally.add("rank, new", low <= lastOf(all, of) && firstOf(all, of) <= high);
    }
    const pairs = (ranks.length * (ranks.length - 1)) / 2;
    const told = pairs - ranks.reduce((sum, { tied }) => sum + tied, 0) / 2;
    for (let pair = 0; pair < pairs; pair++) tally.add("pairs told apart", pair < told);
    tally.add("two groups", new Set(ranks.map(({ group }) => group)).size > 1);
  }
  return tally;
}

const firstOf = (values: readonly number[], at: number) =>
  1 + values.filter((value) => value < (values[at] as number) - 1e-9).length;
const lastOf = (values: readonly number[], at: number) =>
  values.filter((value) => value <= (values[at] as number) + 1e-9).length;

type Side = ReturnType<typeof sideOf>;

function sideOf({ name, prompts, items }: BoardWorld, sd: number, level: number) {
  const world: World = {
    name, design: "C", prompts, items, means: [level, level], sds: [sd, sd], presentation: 0.2,
  }; // prettier-ignore
  return { world, latent: latentOf(world) };
}

/** Draws the scores [checkpoint] (P x I) of one task, and the SD between these prompts over endless rows. */
function drawnTask(
  { prompts, items, together }: BoardWorld,
  sides: readonly Side[],
  uniform: () => number,
  normal: () => number,
) {
  const draw = (size: number) => Float64Array.from({ length: size }, normal);
  const mixed = (share: number, one: Float64Array) =>
    one.map((value) => Math.sqrt(share) * value + Math.sqrt(1 - share) * normal());
  const [wordings, rows] = [draw(prompts), draw(items)];
  const scores: Float64Array[] = [];
  const truths: number[] = [];
  for (const { world, latent } of sides) {
    const [effects, ease] = [mixed(together, wordings), mixed(ROW_CORRELATION, rows)];
    const logits = effects.map(
      (effect, p) => latent.mu[0] + latent.sd[0] * (Math.sqrt(1 - world.presentation) * effect + offsetOf(world, p)),
    );
    const { crossed } = layoutOf(world);
    const endless = logits.map((logit) => normalMean(sigmoid, logit, Math.hypot(ITEM_SD, INTERACTION_SD)));
    truths.push(Math.sqrt(centredWithin(crossed, endless).reduce((sum, one) => sum + one ** 2, 0) / crossed.df));
    scores.push(
      Float64Array.from({ length: prompts * items }, (_, at) => {
        const row = ITEM_SD * (ease[at % items] as number) + INTERACTION_SD * normal();
        return Number(uniform() < sigmoid((logits[Math.floor(at / items)] as number) + row));
      }),
    );
  }
  return { scores, truths };
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns the scores as stored results that the leaderboard reads. @param name makes the rows those of this board */
function studyOf(
  { prompts, items, sds }: BoardWorld,
  tasks: readonly { readonly scores: readonly Float64Array[] }[],
  name: string,
): StudyData {
  const ids = Array.from({ length: prompts }, (_, p) => `p${p}`);
  const nothing = () => Promise.resolve(undefined);
  const results = {
    schema: "amuro-eval/results@1",
    versions: {},
    checkpoints: sds.map((_, k) => checkpointOf(String(k))),
    tasks: tasks.map((_, t) => taskOf(`task ${t}`, `${name} ${t}`, ids, items)),
    cells: tasks.flatMap(({ scores }, t) =>
      scores.flatMap((own, k) =>
        ids.map((prompt, p) => ({
          checkpoint: String(k),
          task: `task ${t}`,
          prompt,
          metrics: { acc: { mean: mean(own.subarray(p * items, (p + 1) * items)), stderr: null, n: items } },
        })),
      ),
    ),
  } as unknown as Results;
  return {
    source: "simulation",
    results,
    scores: (checkpoint, task) =>
      Promise.resolve({
        checkpoint,
        task,
        metric: "acc",
        prompts: ids,
        rows: Array.from({ length: items }, (_, i) => i),
        scores: tasks[Number(task.slice(5))]?.scores[Number(checkpoint)] ?? new Float64Array(),
      }),
    rows: nothing,
    items: () => Promise.resolve([]),
    promptText: nothing,
    answerWords: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

function checkpointOf(name: string): CheckpointRecord {
  return {
    name, spec: name, revision: null, step: null, tokens: null, training_stage: null, stage: "base", sft_task: null, base: null,
    kind: "weights", architecture: null, dtype: null, parameters: null, window: null, hashes: { weights: hashValue(name) },
  } as unknown as CheckpointRecord; // prettier-ignore
}

function taskOf(name: string, rows: string, ids: readonly string[], items: number): TaskRecord {
  return {
    name, family: "nli", metric: "acc", answer: "loglikelihood", rows: items, rows_hash: hashValue(rows), shots: 0,
    shots_hash: hashValue("none"),
    prompts: ids.map((id, p) => ({ id, hash: hashValue(id), seen: false, axes: { wording: `w${p}`, choices: `c${p % 2}` } })),
  } as unknown as TaskRecord; // prettier-ignore
}
