/** Compares what a plan predicts from pilots with what studies of the planned size show. */

import { predictedPower } from "../../src/analysis/planning/plan-entry.js";
import { pilotOf } from "../../src/analysis/planning/pilot.js";
import { type SeedMember, seedPilotOf } from "../../src/analysis/planning/seed-plan.js";
import type { AnalysedCheckpoint } from "../../src/analysis/document/document.js";
import { changeOf } from "../../src/analysis/parts/change-of.js";
import { replicateOf } from "../../src/analysis/parts/replicates.js";
import type { AnalysisInput, InputTask, Measured } from "../../src/analysis/read/input.js";
import { readRowTable } from "../../src/analysis/read/read-row-table.js";
import { randomStream } from "../../src/base/random.js";
import { parseRowTable } from "../../src/importers/row-table.js";
import { fastStream, normalDraws } from "../../src/statistics/draws.js";
import { predictedChangePower } from "../../src/statistics/planning/level-error.js";
import { seedPower } from "../../src/statistics/planning/seed-error.js";
import { seedTables, type SeedWorld } from "./seeds.js";
import { below, linesOf, STUDY_HEADER, Tally } from "./study.js";
import { latentOf, scoresOf, type World } from "./worlds.js";

/** Holds what a quarter, the half and three quarters of the pilots predict less than. */
export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Holds what was predicted, and what came about. */
export interface Compared {
  readonly sd: { readonly predicted: Quartiles; readonly simulated: number };
  readonly mean: { readonly predicted: Quartiles; readonly simulated: number };
}

const ALPHA = 0.05;

/**
 * @param world of the planned study
 * @param pilotItems rows of the pilots, which are like it else
 */
export async function compared(world: World, pilotItems: number, studies: number, pilots: number): Promise<Compared> {
  const { truth } = latentOf(world);
  const ratio = truth.within.logit[1] / truth.within.logit[0];
  const change = truth.mean[1] - truth.mean[0];
  const size = { wordings: world.prompts, rows: world.items };
  const sd: number[] = [];
  const mean: number[] = [];
  for await (const { task, before, after } of pairsOf({ ...world, items: pilotItems }, "pilots", pilots)) {
    const pilot = pilotOf(before, after, task.describe().prompts);
    if (typeof pilot === "string") throw new Error(pilot);
    sd.push(pilot.sides.component[0] <= 0 ? 0 : predictedPower(pilot, ratio, size, ALPHA));
    mean.push(predictedChangePower([pilot.change, { ...size, presentations: pilot.design.presentations }], change, ALPHA)); // prettier-ignore
  }
  const tally = new Tally();
  let number = 0;
  for await (const { task, before, after, sft } of pairsOf(world, "planned", studies)) {
    const { chance, prompts } = task.describe();
    const streams = (...names: (string | number)[]) => randomStream("planned", number, ...names);
    const record = changeOf(before, after, { ...task, chance }, sft, prompts, streams)?.record;
    tally.add("sd", below(record?.sensitivity.logit?.p));
    tally.add("mean", below(record?.level.p));
    number++;
  }
  return {
    sd: { predicted: quartiles(sd), simulated: tally.share("sd") ?? NaN },
    mean: { predicted: quartiles(mean), simulated: tally.share("mean") ?? NaN },
  };
}

/** Compares the power of the mean over seeds, predicted from pilots of three seeds, with that of simulated arms. */
export async function comparedSeeds(
  world: SeedWorld,
  pilotSeeds: number,
  studies: number,
  pilots: number,
): Promise<{ readonly change: number; readonly predicted: Quartiles; readonly simulated: number }> {
  const { change, draw } = seedTables({ ...world, seeds: pilotSeeds }, "pilots");
  const predicted: number[] = [];
  for (let k = 0; k < pilots; k++) {
    const { members, prompts } = await armOf(await draw());
    const pilot = seedPilotOf(members, prompts);
    if (pilot === null) throw new Error("no pilot");
    predicted.push(seedPower(pilot.assumed, pilot.asked, world.seeds, ALPHA)(change));
  }
  const tally = new Tally();
  const planned = seedTables(world, "planned");
  for (let k = 0; k < studies; k++) {
    const { members, prompts, task } = await armOf(await planned.draw());
    const streams = (...names: (string | number)[]) => randomStream("planned", k, ...names);
    const about = { ...task, chance: task.describe().chance };
    const all = members.flatMap(({ sft, before, after }) => {
      const raw = changeOf(before, after, about, sft, prompts, streams);
      return raw === null ? [] : [{ sft, before, after, raw }];
    });
    tally.add("mean", below(replicateOf("arm", all, prompts, streams).record?.level.p));
  }
  return { change, predicted: quartiles(predicted), simulated: tally.share("mean") ?? NaN };
}

async function armOf({ tasks: [task], checkpoints }: AnalysisInput) {
  if (task === undefined) throw new Error("no task");
  const members: SeedMember[] = [];
  for (const sft of checkpoints.filter(({ base }) => base !== null)) {
    const [before, after] = [await task.read(sft.base ?? ""), await task.read(sft.name)];
    if (before !== undefined && after !== undefined) members.push({ sft, before, after });
  }
  return { task, members, prompts: task.describe().prompts };
}

/** Describes one simulated table, read as `analyze` reads it. */
interface ReadPair {
  readonly task: InputTask;
  readonly before: Measured;
  readonly after: Measured;
  readonly sft: AnalysedCheckpoint;
}

async function* pairsOf(world: World, what: string, count: number): AsyncGenerator<ReadPair> {
  const latent = latentOf(world);
  const uniform = fastStream(randomStream(what, world.name, world.prompts, world.items));
  const normal = normalDraws(uniform);
  for (let k = 0; k < count; k++) {
    const lines = linesOf(world, scoresOf(world, latent, uniform, normal));
    const input = readRowTable(await parseRowTable({ header: STUDY_HEADER, unit: "row", lines }, what), what);
    const [task, sft] = [input.tasks[0], input.checkpoints.find(({ base }) => base !== null)];
    const [before, after] = [await task?.read("base"), await task?.read("tuned")];
    if (task === undefined || sft === undefined || before === undefined || after === undefined)
      throw new Error("no pair");
    yield { task, before, after, sft };
  }
}

function quartiles(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? NaN;
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}
