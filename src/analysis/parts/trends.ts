/** Trends along the checkpoints of one training run. */

import {
  type ComponentAt,
  componentAt,
  levelTrend,
  sdTrend,
  slopeWeights,
} from "../../statistics/crossed/cell-trend.js";
import { FEWEST_WORDINGS } from "../../statistics/crossed/change.js";
import type { CrossedDesign } from "../../statistics/crossed/design.js";
import { crossedLevel } from "../../statistics/crossed/level.js";
import { bothQuestions, wobbleTrend } from "../../statistics/crossed/training-wobble.js";
import { tTwoSided } from "../../statistics/distributions.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import { holm } from "../../statistics/holm.js";
import type { GridMoments } from "../../statistics/moments.js";
import { mean } from "../../statistics/uncertainty.js";
import { counted } from "../../base/wording.js";
import type { AnalysedCheckpoint, AnalysedPrompt, Limit, Trend, TrendQuantity } from "../document/document.js";
import { placeOn, TRAINING_AXES, type TrainingAxis } from "../document/axis.js";
import type { Measured } from "../read/input.js";
import { intervalRecord, type Streams } from "../document/records.js";
import { unitsOf } from "../read/remembered.js";
import { subsetGrid, subsetMoments } from "../read/subset.js";
import { fewWordings } from "./change-tests.js";
import { designOf } from "./design-of.js";
import { isOf, sftTasks } from "./training.js";

/** Sets the fewest places that a series is looked at in, and that a trend is tested in. */
const FEWEST_POINTS = 3;
const FEWEST_TESTED = 5;

/** Holds one checkpoint of a series, with its base where the change is followed. */
interface Point {
  readonly checkpoint: string;
  /** Where it lies on the axis of the series. */
  readonly at: number;
  readonly own: Measured;
  readonly base: Measured | null;
}

/** Trends of a task with what kept others from being looked for. */
export interface Trends {
  readonly trends: readonly Trend[];
  readonly limits: readonly Limit[];
}

/**
 * Follows level and SD along the base checkpoints of each run, along those fine-tuned on each task, and along their
 * changes. A series belongs to one run and to the prompts that all its checkpoints were asked.
 */
export function trendsOf(
  task: string,
  measured: ReadonlyMap<string, Measured>,
  checkpoints: readonly AnalysedCheckpoint[],
  described: readonly AnalysedPrompt[],
  streams: Streams,
): Trends {
  const limits: Limit[] = [];
  const trends = [null, ...sftTasks(checkpoints)].flatMap((sftTask) => {
    const side = checkpoints.filter((one) => isOf(one, sftTask));
    const runs = [...new Set(side.map(({ run }) => run))];
    const scattered = whyScattered(side, measured);
    if (scattered !== null) limits.push({ what: "trend along checkpoints", why: scattered, task, checkpoint: null });
    const series = runs.flatMap((run) => TRAINING_AXES.map((axis) => ({ run, axis })));
    return series.flatMap(({ run, axis }) => {
      const points = side.filter((one) => one.run === run).flatMap((one) => pointOf(one, axis, measured));
      points.sort((a, b) => a.at - b.at);
      const places = new Set(points.map(({ at }) => at)).size;
      if (places < FEWEST_POINTS) return [];
      const named = run === "" ? "the run" : run;
      const refused = (why: string) => {
        limits.push({ what: "trend along checkpoints", why, task, checkpoint: null });
        return [];
      };
      if (run === null) return refused("nothing says which checkpoints are of one training run; give a column run");
      if (places < points.length)
        return refused(`${named} has two checkpoints of ${axis === "steps" ? "one step" : "one number of tokens"}`);
      const shared = sharedPrompts(points);
      if (shared.length === 0) return refused(`no prompt was asked at all checkpoints of ${named}`);
      const asked = new Set(points.flatMap(({ own }) => own.prompts)).size;
      if (shared.length < asked) {
        limits.push({
          what: "trend over all prompts",
          why: `${shared.length} of ${asked} prompts ${shared.length === 1 ? "was" : "were"} asked at all checkpoints of ${named}; trends are over these`,
          task,
          checkpoint: null,
        });
      }
      const about = { task, run, sft_task: sftTask, axis };
      return seriesOf(about, points, shared, described, (...names) => streams(run, sftTask ?? "", ...names));
    });
  });
  for (const { withheld, quantity, run } of trends) {
    if (withheld !== null)
      limits.push({
        what: `trend of the ${quantity} along ${run === null || run === "" ? "checkpoints" : run}`,
        why: withheld,
        task,
        checkpoint: null,
      });
  }
  return { trends, limits };
}

/** Says that there are places enough for a trend, but not in any one run; null where that is not so. */
function whyScattered(side: readonly AnalysedCheckpoint[], measured: ReadonlyMap<string, Measured>): string | null {
  const runs = new Map<string | null, Set<number>>();
  for (const one of side) {
    const at = TRAINING_AXES.flatMap((axis) => pointOf(one, axis, measured))[0]?.at;
    if (at !== undefined) runs.set(one.run, (runs.get(one.run) ?? new Set()).add(at));
  }
  const places = [...runs.values()];
  const isScattered =
    places.every(({ size }) => size < FEWEST_POINTS) &&
    new Set(places.flatMap((own) => [...own])).size >= FEWEST_POINTS;
  if (!isScattered) return null;
  const names = [...runs.keys()].slice(0, 3).map((run) => (run === null || run === "" ? "one without a name" : run));
  return `the checkpoints are of ${counted(runs.size, "run")} (${names.join("; ")}${runs.size > 3 ? "; …" : ""}), none with ${FEWEST_POINTS} of them; where they are one run, give a column run`;
}

function pointOf(one: AnalysedCheckpoint, axis: TrainingAxis, measured: ReadonlyMap<string, Measured>): Point[] {
  const [own, at] = [measured.get(one.name), placeOn(axis, one)];
  if (own === undefined || at === null) return [];
  return [{ checkpoint: one.name, at, own, base: measured.get(one.base ?? "") ?? null }];
}

function sharedPrompts(points: readonly Point[]): readonly string[] {
  const [first] = points;
  return first?.own.prompts.filter((id) => points.every(({ own }) => own.prompts.includes(id))) ?? [];
}

type About = Pick<Trend, "task" | "run" | "sft_task"> & { readonly axis: TrainingAxis };

function seriesOf(
  about: About,
  points: readonly Point[],
  shared: readonly string[],
  described: readonly AnalysedPrompt[],
  streams: Streams,
): Trend[] {
  const { design } = designOf(shared, described);
  const of = (one: Measured) => oneOf(one, shared);
  const own = points.map((point) => of(point.own));
  const bases = points.map(({ base }) => (base && shared.every((id) => base.prompts.includes(id)) ? of(base) : null));
  const common = { about, points, design };
  const shares = points.every((point) => point.own.shares);
  const levels = levelSeries({ ...common, quantity: "level", own, bases: null });
  const sds = sdSeries({ ...common, quantity: "SD", own, bases: null }, shares, streams);
  if (about.sft_task === null || bases.includes(null)) return [...levels, ...sds];
  const known = bases as One[];
  return [
    ...levels,
    ...sds,
    ...levelSeries({ ...common, quantity: "change of level", own, bases: known }),
    ...sdSeries({ ...common, quantity: "change of SD", own, bases: known }, shares, streams),
  ];
}

/** Holds a checkpoint's figures over the prompts of the series. */
interface One {
  readonly moments: GridMoments;
  readonly grid: ScoreGrid | null;
  readonly rows: readonly string[] | null;
  readonly noise: Measured["noise"];
}

function oneOf({ prompts, moments, scores, noise }: Measured, shared: readonly string[]): One {
  const chosen = shared.map((id) => prompts.indexOf(id));
  const units = scores && unitsOf(scores);
  return {
    moments: subsetMoments(moments, chosen),
    grid: units && subsetGrid(units, chosen),
    rows: scores && scores.rows,
    noise,
  };
}

interface Series {
  readonly about: About;
  readonly points: readonly Point[];
  readonly design: CrossedDesign;
  readonly quantity: TrendQuantity;
  readonly own: readonly One[];
  readonly bases: readonly One[] | null;
}

function levelSeries(series: Series): Trend[] {
  const { own, bases, points, design } = series;
  const values = own.map(({ moments }, t) => mean(moments.means) - (bases ? mean((bases[t] as One).moments.means) : 0));
  const x = points.map(({ at }) => at);
  const grids = own.map(({ grid }, t) => difference(grid, bases ? (bases[t] as One).grid : null, bases !== null));
  const all = [...own, ...(bases ?? [])];
  const cells =
    sameRows(all) && grids.every((grid) => grid !== null)
      ? levelTrend(grids, x, design)
      : meansTrend(own, bases, x, design);
  const stderr = cells && (cells.wordingStderr ?? null);
  const p =
    cells === null || stderr === null
      ? null
      : stderr === 0
        ? Number(cells.mean === 0)
        : tTwoSided(cells.mean / stderr, cells.wordingDf ?? 1);
  const why = cells === null ? "the noise of the rows is not known" : stderr === null ? fewWordings(1) : null;
  return [trendRecord(series, values, p, why, cells?.wordingInterval ?? null)];
}

function sdSeries(series: Series, shares: boolean, streams: Streams): Trend[] {
  const { own, bases, points, design, quantity } = series;
  const all = [...own, ...(bases ?? [])];
  if (all.some(({ noise }) => noise === null)) return [];
  const at = (ones: readonly One[]) => {
    const components = ones.map(({ moments }) => componentAt(moments, design));
    return components.includes(null) ? null : (components as ComponentAt[]);
  };
  const [after, before] = [at(own), bases && at(bases)];
  if (after === null || (bases !== null && before === null)) return [];
  const x = points.map(({ at }) => at);
  const { components, p } = sdTrend(after, x, design, { shares, random: streams(quantity, "flips"), minus: before });
  const why = design.wordings < FEWEST_WORDINGS ? fewWordings(design.wordings) : null;
  return [trendRecord(series, [...components], p, why, null)];
}

function trendRecord(
  { about: { axis, ...about }, points, design, quantity }: Series,
  values: readonly number[],
  cells: number | null,
  why: string | null,
  interval: { readonly low: number; readonly high: number } | null,
): Trend {
  const x = points.map(({ at }) => at);
  const unit = 10 ** Math.floor(Math.log10((x[x.length - 1] as number) - (x[0] as number)));
  const weights = slopeWeights(x);
  const slope = values.reduce((sum, value, t) => sum + value * (weights[t] as number), 0);
  const few =
    points.length < FEWEST_TESTED ? `${points.length} checkpoints; fewer than ${FEWEST_TESTED} show no trend` : null;
  const wobble = few === null ? wobbleTrend(x, values) : null;
  const withheld = few ?? why ?? (wobble === null ? "the figure is the same at every checkpoint" : null);
  return {
    ...about,
    quantity,
    prompts: design.prompts,
    points: points.map(({ checkpoint, at }, t) => ({
      checkpoint,
      ...(axis === "tokens" ? { step: null, tokens: at } : { step: at }),
      value: values[t] as number,
    })),
    ...(axis === "tokens" ? { axis } : {}),
    slope: slope * unit,
    unit,
    interval: interval && intervalRecord({ low: interval.low * unit, high: interval.high * unit }),
    p: withheld === null && cells !== null && wobble !== null ? bothQuestions(cells, wobble.p, points.length) : null,
    p_cells: cells,
    p_wobble: wobble && wobble.p,
    p_holm: null,
    withheld,
  };
}

function sameRows(all: readonly One[]): boolean {
  const rows = all[0]?.rows ?? null;
  return (
    rows !== null && all.every((one) => one.rows?.length === rows.length && one.rows.every((row, i) => row === rows[i]))
  );
}

function difference(own: ScoreGrid | null, base: ScoreGrid | null, wanted: boolean): ScoreGrid | null {
  if (!wanted || own === null) return own;
  if (base === null || base.items !== own.items) return null;
  return { ...own, values: own.values.map((value, i) => value - (base.values[i] as number)) };
}

/**
 * Returns the trend where only means are known: the prompts' slopes, with the errors of the means as if all prompts and
 * both sides erred alike.
 * @returns null where these are not known
 */
function meansTrend(own: readonly One[], bases: readonly One[] | null, x: readonly number[], design: CrossedDesign) {
  const all = [...own, ...(bases ?? [])];
  if (all.some(({ noise }) => noise === null)) return null;
  const weights = slopeWeights(x);
  const n = design.prompts;
  const slopes = new Float64Array(n);
  const variances = new Float64Array(n);
  all.forEach(({ moments: { means, covariance, items } }, k) => {
    const t = k % own.length;
    const weight = (weights[t] as number) * (k < own.length ? 1 : -1);
    for (let p = 0; p < n; p++) {
      slopes[p] = (slopes[p] as number) + weight * (means[p] as number);
      variances[p] = (variances[p] as number) + (weight ** 2 * (covariance[p * n + p] as number)) / items;
    }
  });
  const items = 1e6;
  const covariance = Float64Array.from(
    { length: n * n },
    (_, at) => items * Math.sqrt((variances[Math.floor(at / n)] as number) * (variances[at % n] as number)),
  );
  return crossedLevel({ prompts: n, items, means: slopes, covariance }, design);
}

/** Adjusts by Holm over the trends of one quantity, kind of checkpoint and run. */
export function adjustedTrends(trends: readonly Trend[]): Trend[] {
  const families = new Map<string, Trend[]>();
  for (const one of trends) {
    const key = JSON.stringify([one.run, one.sft_task, one.quantity]);
    families.set(key, [...(families.get(key) ?? []), one]);
  }
  const found = new Map<Trend, number>();
  for (const members of families.values()) {
    const tested = members.filter(({ p }) => p !== null);
    holm(tested.map(({ p }) => p as number)).forEach((p, k) => found.set(tested[k] as Trend, p));
  }
  return trends.map((one) => ({ ...one, p_holm: found.get(one) ?? null }));
}
