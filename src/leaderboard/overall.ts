/** Ranks checkpoints over several tasks: by their level and by how much it depends on the prompt. */

import { builtinMetric } from "../metrics/registry.js";
import { sortedPercentile } from "../statistics/level.js";
import { groupsOfRanks, rankIntervals } from "../statistics/rank-intervals.js";
import { DRAW_UNIT, settingOf, type Entry, type Overall, type OverallRank } from "./entry.js";

/** Limits the sets of tasks that are ranked; those with the most checkpoints and tasks come first. */
const MOST_SETS = 12;
/** Sets what a figure with three decimals cannot show. */
const SMALLEST_SHOWN = 0.0005;

/**
 * Ranks the checkpoints that share tasks. A set of tasks is what some checkpoint was asked, and all checkpoints that
 * were asked as much stand on its board. Of tasks asked in several settings by a checkpoint, the setting counts that
 * most checkpoints share. Only scores from 0 to 1 of which more is better have a mean over tasks; others are left out.
 * @returns those of two tasks and two checkpoints or more
 */
export function overallBoards(entries: readonly Entry[]): Overall[] {
  const averaged = entries.filter(isAveraged).map((entry) => ({ entry, setting: settingOf(entry) }));
  const shared = new Map<string, number>();
  for (const { setting } of averaged) shared.set(setting, (shared.get(setting) ?? 0) + 1);
  const checkpoints = new Map<string, Map<string, { readonly entry: Entry; readonly setting: string }>>();
  for (const one of averaged) {
    const own = checkpoints.get(keyOf(one.entry)) ?? new Map<string, typeof one>();
    checkpoints.set(keyOf(one.entry), own);
    const before = own.get(one.entry.task);
    if (before === undefined || (shared.get(one.setting) ?? 0) > (shared.get(before.setting) ?? 0))
      own.set(one.entry.task, one);
  }
  const bySetting = [...checkpoints.values()].map(
    (own) => new Map([...own.values()].map(({ entry, setting }) => [setting, entry])),
  );
  const sets = new Map(bySetting.map((own) => [[...own.keys()].sort().join(" "), settingsByTask(own)]));
  return [...sets.values()]
    .filter((settings) => settings.length > 1)
    .map((settings) => ({ settings, all: bySetting.flatMap((own) => rowOf(own, settings)) }))
    .filter(({ all }) => all.length > 1)
    .sort((a, b) => b.all.length * b.settings.length - a.all.length * a.settings.length)
    .slice(0, MOST_SETS)
    .map(({ settings, all }) => boardOf(settings, all));
}

/** Returns the settings in the alphabetical order of their tasks. */
function settingsByTask(own: ReadonlyMap<string, Entry>): string[] {
  return [...own].sort(([, a], [, b]) => (a.task < b.task ? -1 : Number(a.task > b.task))).map(([setting]) => setting);
}

function isAveraged({ metric, higher_is_better: higher }: Entry): boolean {
  const [low, high] = builtinMetric(metric)?.range ?? [];
  return higher !== false && low === 0 && high === 1;
}

/** Tells checkpoints apart: by their weights, and by their names where these are not known. */
function keyOf({ checkpoint: { name, weights } }: Entry): string {
  return JSON.stringify([name, weights]);
}

/** Returns a checkpoint's entries of all settings, as one row; none where it lacks one. */
function rowOf(own: ReadonlyMap<string, Entry>, settings: readonly string[]): Entry[][] {
  const row = settings.flatMap((setting) => own.get(setting) ?? []);
  return row.length === settings.length ? [row] : [];
}

function boardOf(settings: readonly string[], all: readonly (readonly Entry[])[]): Overall {
  const newPrompts = all.every((row) => row.every(({ prompt_draws: own }) => own !== undefined));
  const level = ranked(
    all.map((row) => mean(row.map(({ scores }) => scores.mean))),
    meanDraws(all, ({ draws, prompt_draws: own }) => (newPrompts ? (own ?? []) : draws.mean)),
    1,
  );
  const known = all.every((row) => row.every(({ scores, draws }) => scores.sd !== null && draws.sd !== undefined));
  const sensitivity = known
    ? ranked(
        all.map((row) => mean(row.map(({ scores }) => scores.sd ?? 0))),
        meanDraws(all, ({ draws }) => draws.sd ?? []),
        -1,
      ).map((one, i) => ({ ...one, interval: withLimit(one.interval, all[i] ?? []) }))
    : undefined;
  return {
    settings: [...settings],
    tasks: (all[0] ?? []).map(({ task }) => task),
    new_prompts: newPrompts,
    ranks: all.map((row, i) => ({
      entries: row.map(({ hash }) => hash),
      level: level[i] as OverallRank,
      ...(sensitivity === undefined ? {} : { sensitivity: sensitivity[i] as OverallRank }),
    })),
  };
}

/**
 * Returns the interval of a mean of SDs; one that begins at 0 ends no lower than the mean of the upper ends of its
 * tasks: resamples of rows whose noise hides an SD say nothing of how large it may be.
 */
function withLimit({ low, high }: OverallRank["interval"], row: readonly Entry[]): OverallRank["interval"] {
  const ends = row.flatMap(({ scores }) => scores.sd_interval?.high ?? []);
  return low < SMALLEST_SHOWN && ends.length === row.length
    ? { low: 0, high: Math.max(high, mean(ends)) }
    : { low, high };
}

/**
 * Returns the mean over tasks of each resample. Rows of different tasks are drawn apart, those of one task together.
 */
function meanDraws(all: readonly (readonly Entry[])[], of: (entry: Entry) => readonly number[]): number[][] {
  const length = Math.min(...all.flatMap((row) => row.map((entry) => of(entry).length)));
  return all.map((row) => {
    const own = row.map(of);
    return Array.from({ length }, (_, b) => mean(own.map((draws) => (draws[b] as number) * DRAW_UNIT)));
  });
}

/** @param sign 1 where more is better, -1 where less is */
function ranked(values: readonly number[], draws: readonly number[][], sign: 1 | -1): OverallRank[] {
  const turned = values.map((value) => sign * value);
  const turnedDraws = draws.map((own) => own.map((draw) => sign * draw));
  const ranks = rankIntervals(turned, turnedDraws);
  const groups = groupsOfRanks(turned, turnedDraws);
  return values.map((value, i) => {
    const sorted = Float64Array.from(draws[i] ?? []).sort();
    const [low, high] = [0.025, 0.975].map((share) => sortedPercentile(sorted, share)) as [number, number];
    return {
      ...(ranks[i] as (typeof ranks)[number]),
      group: groups[i] as number,
      value,
      // A resample may miss the value itself where all of its prompts answer alike.
      interval: { low: Math.min(low, value), high: Math.max(high, value) },
    };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
