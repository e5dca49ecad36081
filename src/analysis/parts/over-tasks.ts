/**
 * Sums up a pair's changes over tasks, for the prompts as they are: over all tasks, over those that the base guesses
 * on, and over those that it can do.
 */

import { componentError } from "../../statistics/crossed/component-error.js";
import { FEWEST_TASKS } from "../../statistics/crossed/pooled-ratio.js";
import type { Interval } from "../../statistics/distributions.js";
import { poolDifference, poolEvenly } from "../../statistics/pooling.js";
import { mean } from "../../statistics/uncertainty.js";
import type { Limit, Pooled, StrataDifference, Stratum, TaskQuantity, TaskSummary } from "../document/document.js";
import { intervalRecord } from "../document/records.js";
import type { RawComparison } from "./change-of.js";

/** Holds one figure of a task on both sides; the sampling variance of its change is null where it is not known. */
interface Moved {
  readonly before: number;
  readonly after: number;
  readonly variance: number | null;
}

/** Holds one task's part in the summaries. */
export interface TaskEntry {
  readonly task: string;
  readonly metric: string;
  /** Whether scores lie between 0 and 1. */
  readonly shares: boolean;
  /** Null where the score of guessing, or the noise of the base's mean, is not known. */
  readonly atChance: boolean | null;
  readonly figures: Readonly<Partial<Record<TaskQuantity, Moved>>>;
}

type Pair = Pick<Pooled, "base" | "sft" | "sft_task" | "step">;

/** Returns what the summaries need of one comparison; the scores are then let go. */
export function taskEntry({ record, change, noise, shares }: RawComparison): TaskEntry {
  const { before, after, item_stderr: stderr } = record.level;
  const square = (value: number | null) => (value === null ? null : value ** 2);
  const moments = change?.moments ?? null;
  const error = moments === null || noise === null ? null : componentError(moments);
  const of = ([x, y]: readonly [number, number]): Moved => ({ before: x, after: y, variance: error });
  return {
    task: record.task,
    metric: record.metric,
    shares,
    atChance: record.floor.before,
    figures: {
      mean: { before, after, variance: square(stderr) },
      ...(moments === null || noise === null ? {} : { "variance between prompts": of(moments.component) }),
      // What means leave open lies between all of the noise taken away and none of it.
      ...(moments === null || noise === "crossed"
        ? {}
        : { "variance between prompts, noise included": of(moments.variance) }),
    },
  };
}

/** Holds the summaries of one pair, and what could not be said. */
export interface OverTasks {
  readonly summaries: readonly TaskSummary[];
  readonly differences: readonly StrataDifference[];
  readonly limits: readonly Limit[];
}

/** Holds the largest change that a figure of scores between 0 and 1 can have. */
const LARGEST: Readonly<Partial<Record<TaskQuantity, number>>> = { mean: 1, "variance between prompts": 0.25 };

const QUANTITIES = ["mean", "variance between prompts", "variance between prompts, noise included"] as const;

/** Sums up one pair, each metric for itself: what different metrics count has no mean. */
export function overTasks(pair: Pair, entries: readonly TaskEntry[]): OverTasks {
  const metrics = [...new Set(entries.map(({ metric }) => metric))];
  const found = metrics.map((metric) =>
    ofMetric(
      { ...pair, metric },
      entries.filter((one) => one.metric === metric),
    ),
  );
  return {
    summaries: found.flatMap(({ summaries }) => summaries),
    differences: found.flatMap(({ differences }) => differences),
    limits: found.flatMap(({ limits }) => limits),
  };
}

function ofMetric(about: Pair & { readonly metric: string }, entries: readonly TaskEntry[]): OverTasks {
  if (entries.length < FEWEST_TASKS) return { summaries: [], differences: [], limits: [] };
  const [at, above] = [true, false].map((wanted) => entries.filter(({ atChance }) => atChance === wanted)) as [
    TaskEntry[],
    TaskEntry[],
  ];
  const [summaries, differences]: [TaskSummary[], StrataDifference[]] = [[], []];
  for (const quantity of QUANTITIES) {
    const pooled = (stratum: Stratum, members: readonly TaskEntry[]) => {
      const usable = members.flatMap(({ task, figures }) => {
        const own = figures[quantity];
        return own === undefined ? [] : [{ task, ...own }];
      });
      // A stratum that has all tasks of the quantity says the same as they do.
      if (stratum !== "all tasks" && usable.length === entries.filter(({ figures }) => figures[quantity]).length)
        return null;
      const found = poolEvenly(usable.map(({ before, after, variance }) => ({ effect: after - before, variance })));
      if (found === null) return null;
      const { effect: change, p, tau2, i2, prediction } = found;
      const most = (entries.every(({ shares }) => shares) ? LARGEST[quantity] : undefined) ?? Infinity;
      const possible = ({ low, high }: Interval) =>
        intervalRecord({ low: Math.max(-most, low), high: Math.min(most, high) });
      summaries.push({
        ...about,
        stratum,
        quantity,
        tasks: usable.map(({ task }) => task),
        before: mean(usable.map(({ before }) => before)),
        after: mean(usable.map(({ after }) => after)),
        change,
        interval: possible(found.interval),
        p,
        tau2,
        i2,
        // One that spans all that is possible says nothing.
        prediction: prediction && (prediction.low > -most || prediction.high < most) ? possible(prediction) : null,
      });
      return found;
    };
    pooled("all tasks", entries);
    if (at.length === 0 || above.length === 0) continue;
    const [first, second] = [pooled("base at chance", at), pooled("base above chance", above)];
    const difference = first && second && poolDifference(first, second);
    if (difference !== null && first !== null && second !== null) {
      const { difference: value, interval, p } = difference;
      const counts = { at_chance: first.tasks, above_chance: second.tasks };
      differences.push({ ...about, quantity, ...counts, difference: value, interval: intervalRecord(interval), p });
    }
  }
  return { summaries, differences, limits: limitsOfStrata(about, entries.length, at.length, above.length) };
}

/** Says why tasks at chance and tasks above it are not set against each other. */
function limitsOfStrata(
  { sft, metric }: Pair & { readonly metric: string },
  tasks: number,
  at: number,
  above: number,
): Limit[] {
  const unknown = tasks - at - above;
  const few = Math.min(at, above);
  const why =
    unknown === tasks
      ? `the score of guessing is not known for the tasks of ${metric}; a table tells it in the column chance`
      : few === 0
        ? null
        : few < FEWEST_TASKS
          ? `of ${tasks} tasks the base is at chance on ${at} and above it on ${above}; fewer than ${FEWEST_TASKS} say too little of others`
          : null;
  if (why === null) return [];
  return [{ what: "change on tasks above chance against that on tasks at chance", why, task: null, checkpoint: sft }];
}
