/** Draws score and sensitivity along pre-training: its steps, or its tokens where no name tells steps. */

import * as Plot from "@observablehq/plot";
import type { AnalysedCheckpoint, AnalysedTask } from "../../analysis/document/document.js";
import { placeOn, TRAINING_AXES, type TrainingAxis } from "../../analysis/document/axis.js";
import { interval, score, shortCount, steps } from "../../base/numbers.js";
import { colour, seriesStyle, type SeriesShape } from "../palette.js";
import { writtenSd } from "../summary-columns.js";
import type { Views } from "../view.js";
import { draw, type Figure, type LegendEntry } from "./draw.js";
import { Labels } from "./labels.js";

interface Point {
  /** What is followed: the base checkpoints of a run, or those after one SFT. */
  readonly series: string;
  /** Tells what a line joins: points of one series, one at each place. */
  readonly joined: string;
  /** Whether it is of the base checkpoints, and these are of one run. */
  readonly isOnlyBase: boolean;
  readonly at: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly title: string;
}

type Quantity = "level" | "sensitivity";

/** Sets the number of steps from which dots are small, so that lines and intervals are seen between them. */
const MANY = 40;

/**
 * Draws the mean score, then the noise-corrected SD, of the base checkpoints and of each SFT; nothing for fewer than
 * two places.
 */
export function trajectories(views: Views, task: AnalysedTask, fileName: string): Figure[] {
  return TRAINING_AXES.flatMap((axis) =>
    (["level", "sensitivity"] as const).flatMap((quantity) => trajectory(views, task, fileName, quantity, axis) ?? []),
  );
}

function trajectory(
  views: Views,
  task: AnalysedTask,
  fileName: string,
  quantity: Quantity,
  axis: TrainingAxis,
): Figure | undefined {
  const points = pointsOf(views, task, quantity, axis);
  if (new Set(points.map(({ at }) => at)).size < 2) return undefined;
  const styles = seriesStyles(points);
  const stroke = (point: Point) => styles.get(point.series)?.colour ?? colour("muted");
  const symbol = (point: Point) => styles.get(point.series)?.shape ?? "circle";
  const ordered = [...points].sort((a, b) => a.at - b.at);
  const ticks = [...new Set(ordered.map(({ at }) => at))];
  const what = quantity === "level" ? "mean over prompts" : "noise-corrected SD over prompts";
  const svg = draw(
    {
      width: 560,
      height: 300,
      marginLeft: 52,
      marginRight: 20,
      marginBottom: ticks.length > 9 ? 62 : 46,
      x: trainingAxis(axis, ticks, ticks.length > 9 ? -35 : 0, 18),
      y: { grid: true, nice: true, zero: quantity === "sensitivity", label: null, tickFormat: ".2f" },
      marks: [
        ...(quantity === "level" && task.chance !== null && task.chance > 0
          ? [Plot.ruleY([task.chance], { stroke: colour("muted"), strokeDasharray: "3,3" })]
          : []),
        Plot.link(ordered, {
          x: "at",
          y1: "low",
          y2: "high",
          stroke,
          strokeOpacity: 0.55,
          strokeWidth: 1.6,
          title: "title",
        }),
        Plot.line(ordered, { x: "at", y: "value", z: "joined", stroke, strokeWidth: 2.2 }),
        Plot.dot(ordered, {
          x: "at",
          y: "value",
          fill: (point: Point) => (point.isOnlyBase ? colour("background") : stroke(point)),
          stroke,
          strokeWidth: ticks.length > MANY ? 1 : 2,
          r: ticks.length > MANY ? 1.8 : 4,
          symbol,
          title: "title",
        }),
      ],
    },
    `${task.name}: ${what} along pre-training`,
    legendOf(styles),
  );
  return {
    name: `${fileName}-training-${quantity}${NAME_ENDS[axis]}`,
    title: quantity === "level" ? "Score along pre-training" : "Sensitivity along pre-training",
    caption: CAPTIONS[quantity],
    svg,
  };
}

/** Returns at most so many of the places, the first among them, at even distances. */
function spreadTicks(all: readonly number[], most: number): number[] {
  const every = Math.ceil(all.length / most);
  return all.filter((_, i) => i % every === 0);
}

/**
 * Puts steps or tokens at equal distances: they grow by factors, 1,000 and 18,000 would be one point beside 738,000.
 * @param most places that are written; the others have no name
 */
function trainingAxis(axis: TrainingAxis, all: readonly number[], tickRotate: number, most: number) {
  return {
    type: "point",
    domain: all,
    ticks: spreadTicks(all, most),
    label: `${axis} of pre-training (not to scale)`,
    labelAnchor: "center",
    labelArrow: "none",
    tickFormat: (place: number) => (axis === "steps" ? steps(place) : shortCount(place)),
    tickRotate,
    padding: 0.3,
  } as const;
}

/**
 * Draws the same for all tasks in small: one panel a task, the same scale in all; undefined for fewer than two places.
 */
export function allTrajectories(views: Views, quantity: Quantity, axis: TrainingAxis): Figure | undefined {
  const points = views.analysis.tasks.flatMap((task, i) =>
    pointsOf(views, task, quantity, axis).map((point) => ({
      ...point,
      task: task.name,
      column: i % COLUMNS,
      line: Math.floor(i / COLUMNS),
    })),
  );
  const ticks = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b);
  if (ticks.length < 2) return undefined;
  const styles = seriesStyles(points);
  const stroke = (point: Point) => styles.get(point.series)?.colour ?? colour("muted");
  const symbol = (point: Point) => styles.get(point.series)?.shape ?? "circle";
  const ordered = [...points].sort((a, b) => a.at - b.at);
  const titles = [...new Map(points.map(({ task, column, line }) => [task, { task, column, line }])).values()];
  const labels = new Labels(
    titles.map(({ task }) => task),
    30,
  );
  const lines = Math.max(...titles.map(({ line }) => line)) + 1;
  const facet = { fx: "column", fy: "line" };
  const svg = draw(
    {
      width: 1120,
      height: (ticks.length > 4 ? 92 : 76) + lines * 165,
      marginLeft: 46,
      marginRight: 10,
      marginBottom: ticks.length > 4 ? 62 : 46,
      fx: { axis: null, padding: 0.08 },
      fy: { axis: null, padding: 0.32 },
      x: trainingAxis(axis, ticks, ticks.length > 4 ? -40 : 0, 9),
      y: { grid: true, nice: true, zero: quantity === "sensitivity", label: null, tickFormat: ".2f", ticks: 4 },
      marks: [
        Plot.frame({ stroke: colour("line") }),
        Plot.text(titles, {
          ...facet,
          text: (panel: { task: string }) => labels.of(panel.task),
          frameAnchor: "top-left",
          lineAnchor: "bottom",
          dx: 1,
          dy: -6,
          fontWeight: 600,
          fill: colour("text"),
        }),
        Plot.link(ordered, { ...facet, x: "at", y1: "low", y2: "high", stroke, strokeOpacity: 0.5, title: "title" }),
        Plot.line(ordered, { ...facet, x: "at", y: "value", z: "joined", stroke, strokeWidth: 1.8 }),
        Plot.dot(ordered, {
          ...facet,
          x: "at",
          y: "value",
          stroke,
          fill: (point: Point) => (point.isOnlyBase ? colour("background") : stroke(point)),
          strokeWidth: ticks.length > MANY ? 0.8 : 1.6,
          r: ticks.length > MANY ? 1.2 : 3,
          symbol,
          title: "title",
        }),
      ],
    },
    `${quantity === "level" ? "Mean score" : "Noise-corrected SD"} of every task along pre-training`,
    legendOf(styles),
    [labels],
  );
  return {
    name: `training-${quantity}${NAME_ENDS[axis]}`,
    title: quantity === "level" ? "Score of every task" : "Sensitivity of every task",
    caption: CAPTIONS[quantity],
    svg,
  };
}

const COLUMNS = 4;
const NAME_ENDS: Record<TrainingAxis, string> = { steps: "", tokens: "-tokens" };
const CAPTIONS: Record<Quantity, string> = {
  level: "Mean over prompts, with 95 % intervals over rows.",
  sensitivity:
    "How much prompts differ once the noise of the rows is taken away (SD, in units of the score), with 95 % intervals.",
};

interface SeriesStyle {
  readonly colour: string;
  readonly shape: SeriesShape;
  /** Whether it is drawn as a ring, as “before” is everywhere. */
  readonly isOnlyBase: boolean;
}

/** Assigns colours and shapes to the series; the base checkpoints of one run are drawn as “before” everywhere. */
function seriesStyles(points: readonly Point[]): Map<string, SeriesStyle> {
  const base = points.find(({ isOnlyBase }) => isOnlyBase)?.series;
  const others = [...new Set(points.map(({ series }) => series))].filter((name) => name !== base);
  const styles = new Map<string, SeriesStyle>();
  if (base !== undefined) styles.set(base, { colour: colour("before"), shape: "circle", isOnlyBase: true });
  others.forEach((name, i) => styles.set(name, { ...seriesStyle(i), isOnlyBase: false }));
  return styles;
}

function legendOf(styles: ReadonlyMap<string, SeriesStyle>): LegendEntry[] {
  const labels = new Labels([...styles.keys()], LONGEST_SERIES);
  return [...styles].map(([series, { colour: own, shape, isOnlyBase }]) => ({
    label: labels.of(series),
    colour: own,
    symbol: isOnlyBase ? "ring" : shape,
  }));
}

/** Limits the characters of a series in the legend. */
const LONGEST_SERIES = 48;

/**
 * Returns the points of a task. Checkpoints of several runs are series of their own; a line joins neither checkpoints
 * that nothing says are of one run, nor two at one place.
 */
function pointsOf(views: Views, task: AnalysedTask, quantity: Quantity, axis: TrainingAxis): Point[] {
  const placed = views.analysis.checkpoints.flatMap((checkpoint) => {
    const at = placeOn(axis, checkpoint);
    return at === null ? [] : [{ checkpoint, at }];
  });
  const isOneRun = new Set(placed.map(({ checkpoint: { run } }) => run)).size === 1;
  const seriesOf = ({ stage, sft_task: tuned, run }: AnalysedCheckpoint) => {
    const kind = stage === "sft" ? `SFT${tuned === null ? "" : ` on ${tuned}`}` : "base";
    return isOneRun ? kind : [run === null ? "of no named run" : run || "the run", kind].join(", ");
  };
  const isJoined = ({ checkpoint, at }: (typeof placed)[number]) =>
    checkpoint.run !== null &&
    placed.filter((one) => one.at === at && seriesOf(one.checkpoint) === seriesOf(checkpoint)).length === 1;
  return placed.flatMap((one) => {
    const { checkpoint, at } = one;
    const { name, stage } = checkpoint;
    const found = views.level(name, task.name);
    if (found === undefined) return [];
    const sd = found.sensitivity.probability;
    const value = quantity === "level" ? found.level.mean : (sd?.corrected_sd ?? null);
    const bounds = quantity === "level" ? found.level.item_interval : (sd?.interval ?? null);
    if (value === null) return [];
    const series = seriesOf(checkpoint);
    return [
      {
        series,
        joined: isJoined(one) ? series : `${series}: ${name}`,
        isOnlyBase: isOneRun && stage !== "sft",
        at,
        value,
        low: bounds?.low ?? value,
        high: bounds?.high ?? value,
        title: `${name} on ${task.name}: ${quantity === "level" ? `${score(value)} ${interval(bounds)}` : writtenSd(sd)}`,
      },
    ];
  });
}
