/** Compares several fine-tunings that differ by their seed alone: what is the seed's, and what is the tuning's. */

import { FEWEST_WORDINGS } from "../../statistics/crossed/change.js";
import { crossedLevel } from "../../statistics/crossed/level.js";
import { type OverSeeds, overSeeds, type SharedError } from "../../statistics/crossed/seeds.js";
import { signFlips } from "../../statistics/crossed/flips.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import { holm } from "../../statistics/holm.js";
import { gridMoments, type Scale } from "../../statistics/moments.js";
import { mean } from "../../statistics/uncertainty.js";
import type { AnalysedCheckpoint, AnalysedPrompt, Comparison, Limit, Replicates, SeedFigure } from "../document/document.js"; // prettier-ignore
import { finite, intervalRecord, type Streams } from "../document/records.js";
import type { Measured, Scores } from "../read/input.js";
import { unitsOf } from "../read/remembered.js";
import { subsetGrid } from "../read/subset.js";
import { type RawComparison, sameRows } from "./change-of.js";
import { fewWordings } from "./change-tests.js";
import { designOf } from "./design-of.js";
import { fewChanges } from "./few-rows.js";

/** Holds one seed of an arm on one task. */
export interface ReplicateMember {
  readonly sft: AnalysedCheckpoint;
  readonly before: Measured;
  readonly after: Measured;
  readonly raw: RawComparison;
}

const WHAT = "what is the seed's and what is the tuning's";

/** Returns the arm of each SFT checkpoint with a seed: what its seed is left out of. */
function armOf({ arm, base, seed, sft_task, stage }: AnalysedCheckpoint): string | null {
  if (stage !== "sft" || seed === undefined || base === null) return null;
  return arm ?? `${base}+${sft_task ?? "sft"}`;
}

/** Names the arm of every checkpoint whose arm has several seeds, each of them once. */
export function armsOf(checkpoints: readonly AnalysedCheckpoint[]): ReadonlyMap<string, string> {
  const seeds = seedsOf(checkpoints);
  return new Map(
    checkpoints.flatMap((one) => {
      const arm = armOf(one);
      const own = seeds.get(arm ?? "") ?? [];
      return arm === null || own.length < 2 || new Set(own).size < own.length ? [] : [[one.name, arm] as const];
    }),
  );
}

function seedsOf(checkpoints: readonly AnalysedCheckpoint[]): Map<string, string[]> {
  const seeds = new Map<string, string[]>();
  for (const one of checkpoints) {
    const arm = armOf(one);
    if (arm !== null) seeds.set(arm, [...(seeds.get(arm) ?? []), one.seed as string]);
  }
  return seeds;
}

/** Says which comparisons are of one fine-tuning alone. */
export function limitsOfArms(
  checkpoints: readonly AnalysedCheckpoint[],
  comparisons: readonly Comparison[],
  found: readonly Replicates[],
): Limit[] {
  const about = { what: WHAT, task: null, checkpoint: null };
  const twice = [...seedsOf(checkpoints)].filter(([, own]) => new Set(own).size < own.length);
  const limits = twice.map(([arm]) => ({
    ...about,
    why: `two checkpoints of ${arm} have one seed; none is a replicate`,
  }));
  // Those that were refused have their own reason.
  const several = new Set([
    ...found.flatMap(({ seeds }) => seeds.map(({ sft }) => sft)),
    ...armsOf(checkpoints).keys(),
  ]);
  const alone = [...new Set(comparisons.map(({ sft }) => sft))].filter((name) => !several.has(name));
  if (alone.length === 0) return limits;
  const which = found.length === 0 ? "" : ` (${alone.slice(0, 3).join(", ")}${alone.length > 3 ? ", …" : ""})`;
  const why = `there is one SFT checkpoint of each base and task${which}; it takes several seeds to tell them apart`;
  return [...limits, { ...about, why }];
}

/** Compares the seeds of one arm on one task. */
export function replicateOf(
  arm: string,
  members: readonly ReplicateMember[],
  described: readonly AnalysedPrompt[],
  streams: Streams,
): { readonly record: Replicates | null; readonly limits: readonly Limit[] } {
  const [first] = members as [ReplicateMember];
  const { record, noise } = first.raw;
  const refused = (why: string) => ({
    record: null,
    limits: [{ what: WHAT, why: `${arm}: ${why}`, task: record.task, checkpoint: null }],
  });
  if (members.length < 2) return refused("one seed was scored on this task");
  if (members.some(({ raw }) => raw.noise !== "crossed") || noise !== "crossed")
    return refused("the scores of single rows are not known");
  const prompts = record.prompts.map(({ prompt }) => prompt);
  const alike = members.every(
    ({ raw, after }) =>
      sameRows(first.after, after) &&
      raw.record.prompts.length === prompts.length &&
      raw.record.prompts.every(({ prompt }, p) => prompt === prompts[p]),
  );
  if (!alike) return refused("its seeds were not asked the same prompts on the same rows");
  const level = levelOf(members, prompts, described);
  if (level === null) return refused("one wording, one row, or rows that all change alike say nothing of others");
  const [probability, logit] = [sdOf(members, "probability", streams), sdOf(members, "logit", streams)];
  const bases = new Set(members.map(({ sft }) => sft.base));
  return {
    limits: [],
    record: {
      arm,
      base: bases.size === 1 ? first.sft.base : null,
      sft_task: first.sft.sft_task,
      step: first.sft.step,
      task: record.task,
      metric: record.metric,
      of: members.every(({ sft }) => sft.seed_is_run === true) ? "run" : "seed",
      seeds: members.map(({ sft, raw }) => ({
        seed: sft.seed as string,
        sft: sft.name,
        level: raw.record.level.change,
        sd_probability: changeOfSd(raw, "probability"),
        sd_logit: changeOfSd(raw, "logit"),
      })),
      level: figure(level, level.p),
      sensitivity: { probability: probability.figure, logit: logit.figure },
      withheld: probability.withheld ?? logit.withheld,
    },
  };
}

/** Adjusts the p-values of one arm's tasks by Holm. */
export function adjustedReplicates(records: readonly Replicates[]): Replicates[] {
  return [...new Set(records.map(({ arm }) => arm))].flatMap((arm) => {
    const own = records.filter((one) => one.arm === arm);
    const adjust = (of: (one: Replicates) => SeedFigure | null) => {
      const values = holm(own.map((one) => of(one)?.p ?? NaN));
      return (k: number) => {
        const found = of(own[k] as Replicates);
        return found && { ...found, p_holm: finite(values[k] as number) };
      };
    };
    const levels = adjust(({ level }) => level);
    const [probability, logit] = (["probability", "logit"] as const).map((scale) =>
      adjust(({ sensitivity }) => sensitivity[scale]),
    ) as [typeof levels, typeof levels];
    return own.map((one, k) => ({
      ...one,
      level: levels(k) as SeedFigure,
      sensitivity: { probability: probability(k), logit: logit(k) },
    }));
  });
}

function figure(own: OverSeeds, p: number | null): SeedFigure {
  return {
    change: own.change,
    interval: intervalRecord(own.interval),
    p,
    p_holm: null,
    sd: own.sd,
    sd_interval: intervalRecord(own.sdInterval),
    seed_share: finite(own.share),
  };
}

/**
 * Returns the mean change of the level over seeds: rows and wordings are those of all seeds, so their error is that of
 * the seeds' mean change of each score.
 */
function levelOf(
  members: readonly ReplicateMember[],
  prompts: readonly string[],
  described: readonly AnalysedPrompt[],
): OverSeeds | null {
  const grids = members.map(({ before, after }) => differenceOf(before, after, prompts));
  const moments = gridMoments(averaged(grids));
  const own = crossedLevel(moments, designOf(prompts, described).design);
  if (own?.wordingInterval == null || own.wordingDf === null) return null;
  const { low, high } = own.wordingInterval;
  const few = members.flatMap(({ before, after, raw }) => {
    const rows = ({ scores, prompts: all }: Measured) => {
      const { grid, clusters } = scores as Scores;
      return { grid: subsetGrid(grid, indices(all, prompts)), clusters };
    };
    const found = fewChanges(rows(before), rows(after));
    return found === null ? [] : [{ ...found, change: raw.record.level.change }];
  });
  const reach = (crossed: number, ofFew: (one: (typeof few)[number]) => number) =>
    Math.max(crossed, ...(few.length === 0 ? [] : [mean(few.map(ofFew))]));
  const shared: SharedError = {
    below: reach(own.mean - low, ({ change, interval }) => change - (interval.low ?? -Infinity)),
    above: reach(high - own.mean, ({ change, interval }) => (interval.high ?? Infinity) - change),
    df: own.wordingDf,
  };
  const over = overSeeds(
    grids.map(({ values }) => mean(values)),
    shared,
  );
  if (over.sd === 0 && shared.below === 0 && shared.above === 0) return null;
  return { ...over, p: Math.max(over.p, ...few.map(({ p }) => p)) };
}

function differenceOf(before: Measured, after: Measured, prompts: readonly string[]): ScoreGrid {
  const [x, y] = [before, after].map((one) =>
    subsetGrid(unitsOf(one.scores as Scores) as ScoreGrid, indices(one.prompts, prompts)),
  ) as [ScoreGrid, ScoreGrid];
  return { ...y, values: y.values.map((value, at) => value - (x.values[at] as number)) };
}

function indices(all: readonly string[], prompts: readonly string[]): number[] {
  return prompts.map((id) => all.indexOf(id));
}

function averaged(grids: readonly ScoreGrid[]): ScoreGrid {
  const [first] = grids as [ScoreGrid];
  return { ...first, values: first.values.map((_, at) => mean(grids.map(({ values }) => values[at] as number))) };
}

function changeOfSd({ record }: RawComparison, scale: Scale): number | null {
  const own = record.sensitivity[scale];
  return own?.sd_before == null || own.sd_after === null ? null : own.sd_after - own.sd_before;
}

/**
 * Returns the mean change of the SD over seeds, which have base, wordings and rows in common, so that the error of
 * their mean is at most the mean of their errors. The p-value is the largest of that of the interval, of the seeds'
 * gates, and of the signs of wordings for the mean of the seeds.
 */
function sdOf(
  members: readonly ReplicateMember[],
  scale: Scale,
  streams: Streams,
): { readonly figure: SeedFigure | null; readonly withheld: string | null } {
  const records = members.map(({ raw }) => raw.record.sensitivity[scale]);
  const changes = members.flatMap(({ raw }) => changeOfSd(raw, scale) ?? []);
  const intervals = records.flatMap((one) => one?.sd_change_interval ?? []);
  if (changes.length < members.length || intervals.length < members.length) {
    const why = records.find((one) => one?.sd_change_interval === null)?.withheld ?? null;
    return { figure: null, withheld: why === null ? null : `of at least one of them: ${why}` };
  }
  const below = mean(changes.map((change, k) => Math.max(0, change - (intervals[k]?.low ?? -Infinity))));
  const above = mean(changes.map((change, k) => Math.max(0, (intervals[k]?.high ?? Infinity) - change)));
  const sides = members.flatMap(({ raw }) => raw.change?.within[scale] ?? []);
  const df = mean(members.flatMap(({ raw }) => raw.change?.differenceDf ?? []));
  const over = overSeeds(changes, { below, above, df });
  const { wordings } = (members[0] as ReplicateMember).raw.record.design;
  if (wordings < FEWEST_WORDINGS) return { figure: figure(over, null), withheld: fewWordings(wordings) };
  const excess = (sides[0]?.excess ?? new Float64Array()).map((_, w) =>
    mean(sides.map((one) => one.excess[w] as number)),
  );
  const flips = sides.some((one) => one.flips !== null) ? signFlips(excess, streams("flips", scale)) : null;
  const p = Math.max(over.p, ...sides.map(({ gate }) => gate), flips?.p ?? 0);
  return { figure: figure(over, p), withheld: null };
}
