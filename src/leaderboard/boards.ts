/** Puts entries together, checks them, and ranks them where they can be compared. */

import { UserError } from "../base/errors.js";
import { builtinMetric } from "../metrics/registry.js";
import { groupsOfRanks, rankIntervals } from "../statistics/rank-intervals.js";
import { VERSION } from "../base/package-info.js";
import { validated } from "../base/validation.js";
import { interval, score } from "../base/numbers.js";
import {
  contentHash, DRAW_UNIT, isLeaderboard, LEADERBOARD_SCHEMA, RANKED, settingOf, type Board, type Entry, type Leaderboard,
} from "./entry.js"; // prettier-ignore
import { overallBoards } from "./overall.js";

/** @param entries one that stands twice counts once */
export function leaderboardOf(entries: readonly Entry[]): Leaderboard {
  const distinct = [...new Map(entries.map((entry) => [entry.hash, entry])).values()];
  const settings = [...new Set(distinct.map(settingOf))];
  return {
    schema: LEADERBOARD_SCHEMA,
    version: VERSION,
    entries: distinct,
    boards: settings.map((setting) =>
      boardOf(
        setting,
        distinct.filter((entry) => settingOf(entry) === setting),
      ),
    ),
    overall: overallBoards(distinct),
  };
}

function boardOf(setting: string, entries: readonly Entry[]): Board {
  const [first] = entries;
  // Fewer draws of one entry would shift nothing, but pairs must be of one length.
  const length = Math.min(...entries.flatMap(({ draws }) => RANKED.map((by) => draws[by].length)));
  const ranks = Object.fromEntries(
    RANKED.map((by) => [
      by,
      rankIntervals(
        entries.map((entry) => signOf(entry) * entry.scores[by]),
        entries.map((entry) => entry.draws[by].slice(0, length).map((draw) => signOf(entry) * draw)),
      ),
    ]),
  ) as Record<(typeof RANKED)[number], ReturnType<typeof rankIntervals>>;
  const sds = entries.flatMap(({ scores: { sd }, draws }) =>
    sd === null || draws.sd === undefined ? [] : [{ sd: -sd, draws: draws.sd.slice(0, length).map((draw) => -draw) }],
  );
  const bySd = sds.length < entries.length ? null : rankIntervals(sds.map(({ sd }) => sd), sds.map((one) => one.draws)); // prettier-ignore
  const scores = entries.map((entry) => signOf(entry) * entry.scores.mean);
  const joint = entries.flatMap(({ prompt_draws: own }) => (own === undefined ? [] : [own]));
  const shortest = Math.min(...joint.map((own) => own.length));
  const known = joint.length === entries.length;
  const prompts = known
    ? joint.map((own, i) => own.slice(0, shortest).map((draw) => signOf(entries[i] as Entry) * draw))
    : null;
  const fixed = entries.map((entry) => entry.draws.mean.slice(0, length).map((draw) => signOf(entry) * draw));
  const newPrompts = prompts && rankIntervals(scores, prompts);
  const groups = groupsOfRanks(scores, prompts ?? fixed);
  return {
    setting,
    task: first?.task ?? "",
    metric: first?.metric ?? "",
    ranks: entries.map(({ hash }, i) => {
      const of = (by: (typeof RANKED)[number]) => ranks[by][i] ?? { rank: 1, low: 1, high: 1, tied: 0 };
      return {
        entry: hash,
        mean: of("mean"),
        worst: of("worst"),
        p5: of("p5"),
        ...(newPrompts === null ? {} : { new_prompts: newPrompts[i] as (typeof newPrompts)[number] }),
        ...(bySd === null ? {} : { sd: bySd[i] as (typeof bySd)[number] }),
        group: groups[i] as number,
      };
    }),
  };
}

/** Ranks are by the largest value: those of a metric that is better when smaller are turned round. */
function signOf({ higher_is_better }: Pick<Entry, "higher_is_better">): 1 | -1 {
  return higher_is_better === false ? -1 : 1;
}

/**
 * Reads entries that others made. What they say of ranks is computed again; pages that lie beside their leaderboard are
 * not beside this one.
 * @param source for messages
 * @throws UserError when it is not a leaderboard, or an entry is not as it was written or contradicts itself
 */
export function othersEntries(text: string, source: string): Entry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${source}: not JSON; give a leaderboard.json or the folder of a run`);
  }
  const { entries } = validated(isLeaderboard, value, source);
  const problems = entries.flatMap((entry, i) => {
    const problem = problemOf(entry);
    return problem === undefined ? [] : [`${source}: entry ${i + 1} (${entry.checkpoint.name}, ${entry.task}) ${problem}; nothing of it is taken`]; // prettier-ignore
  });
  const [first] = problems;
  if (first !== undefined) {
    const more = problems.length - 1;
    const others = more === 0 ? "" : ` (and ${more} more; amuro-eval leaderboard validate lists them)`;
    throw new UserError(`${first}${others}`, { problems });
  }
  return entries.map((entry) => ({
    ...entry,
    report: entry.report?.startsWith("https://") === true ? entry.report : null,
  }));
}

function problemOf(entry: Entry): string | undefined {
  if (contentHash(entry) !== entry.hash) return "does not fit its hash: it was changed after it was written";
  const metric = builtinMetric(entry.metric);
  if (metric !== undefined && metric.higherIsBetter !== (signOf(entry) === 1)) {
    return `takes ${entry.metric} for better when ${signOf(entry) === 1 ? "larger" : "smaller"}, which it is not`;
  }
  const [low, high] = metric?.range ?? [null, null];
  const odd = [
    entry.scores.mean,
    entry.scores.worst,
    entry.scores.p5,
    entry.scores.best,
    ...RANKED.flatMap((by) => entry.draws[by].map((draw) => draw * DRAW_UNIT)),
  ].find((value) => value < (low ?? -Infinity) || value > (high ?? Infinity));
  if (odd !== undefined) return `has a score of ${odd}, which ${entry.metric} cannot be`;
  const { worst, p5, mean, best } = entry.scores;
  const slack = 1e-6;
  const sign = signOf(entry);
  const above = (a: number, b: number) => sign * a > sign * b + slack;
  if (above(worst, p5) || above(p5, best) || above(mean, best) || above(worst, mean)) {
    return `contradicts itself: worst ${worst}, 5th percentile ${p5}, mean ${mean}, best ${best}`;
  }
  const drawn = entry.prompt_draws;
  if (drawn !== undefined) {
    const middle = (drawn.reduce((sum, draw) => sum + draw, 0) / drawn.length) * DRAW_UNIT;
    const own = (2 * (entry.scores.crossed_stderr ?? 1)) / Math.sqrt(drawn.length);
    if (Math.abs(middle - mean) > 10 * own + DRAW_UNIT)
      return `contradicts itself: its resamples of wordings lie around ${middle.toFixed(4)}, its mean is ${mean.toFixed(4)}`;
  }
  const centre = (entry.draws.mean.reduce((sum, draw) => sum + draw, 0) / entry.draws.mean.length) * DRAW_UNIT;
  // Resampled means scatter around the mean by its standard error; ten of its own errors away they are another's.
  const error = (entry.scores.mean_stderr ?? 1) / Math.sqrt(entry.draws.mean.length);
  if (Math.abs(centre - mean) > 10 * error + DRAW_UNIT)
    return `contradicts itself: its resamples lie around ${score(centre, 4)}, its mean is ${score(mean, 4)}`;
  const squares = entry.draws.sd?.map((draw) => (draw * DRAW_UNIT) ** 2) ?? [];
  const spread = entry.scores.sd ?? 0;
  const { low: least, high: largest } = entry.scores.sd_interval ?? { low: null, high: null };
  if (spread < (least ?? 0) - slack || spread > (largest ?? Infinity) + slack)
    return `contradicts itself: its SD is ${score(spread, 4)}, the interval of it ${interval({ low: least, high: largest }, (end) => score(end, 4))}`;
  const around = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  // Where no resample was cut off at 0, their mean square is that of the SD but for rounding.
  if (
    squares.length > 0 &&
    !squares.includes(0) &&
    Math.abs(around - spread ** 2) > 0.02 * spread ** 2 + DRAW_UNIT ** 2
  )
    return `contradicts itself: its resamples of the SD lie around ${score(Math.sqrt(around), 4)}, its SD is ${score(spread, 4)}`;
  return undefined;
}
