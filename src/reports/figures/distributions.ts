/** Draws how scores lie over prompts, sensitivity against level, and how often prompts turn an order of checkpoints. */

import * as Plot from "@observablehq/plot";
import type { Analysis, TaskAtCheckpoint } from "../../analysis/document/document.js";
import { shownInterval } from "../../analysis/shown-interval.js";
import { writtenSd } from "../summary-columns.js";
import { interval, score } from "../../base/numbers.js";
import { counted } from "../../base/wording.js";
import { colour, SERIES_SHAPES, seriesStyle } from "../palette.js";
import type { TaskView, Views } from "../view.js";
import { draw, type Figure, type LegendEntry } from "./draw.js";
import { Labels } from "./labels.js";

type Side = "before" | "after";

/** Sets the height of a line, and how far the two sides of a pair stand from its middle. */
const LINE = 34;
const APART = 8;

/**
 * Draws one line a task: a dot for each prompt's score, and behind them the quantiles over wordings where they are
 * known (box: 25 to 75 %, line: 5 to 95 %, diamond: median).
 */
export function scoreDistributions(tasks: readonly TaskView[], fileName: string): Figure | undefined {
  const shown = tasks.filter(({ after }) => after.prompts.length > 2);
  if (shown.length === 0) return undefined;
  const paired = shown.some(({ before }) => before !== null);
  const levels = shown.flatMap(({ task, before, after }) => [
    ...(before === null ? [] : [{ task: task.name, side: "before" as const, level: before }]),
    { task: task.name, side: "after" as const, level: after },
  ]);
  const dots = levels.flatMap(({ task, side, level }) =>
    level.prompts.map(({ prompt, mean }) => ({
      task,
      side,
      mean,
      title: `${level.checkpoint} on ${task}, ${prompt}: ${score(mean)}`,
    })),
  );
  const boxes = levels.flatMap(({ task, side, level }) => boxOf(task, side, level));
  const of = <T extends { readonly side: Side }>(all: readonly T[], side: Side) =>
    all.filter((one) => one.side === side);
  const names = shown.map(({ task }) => task.name);
  const labels = new Labels(names, 30);
  const marginLeft = Math.ceil(Math.max(40, labels.width) + 14);
  const sides: readonly Side[] = paired ? ["before", "after"] : ["after"];
  const svg = draw(
    {
      width: 820,
      height: 20 + 26 + 44 + names.length * (paired ? LINE : LINE - 8),
      marginLeft,
      marginRight: 16,
      marginBottom: 40,
      x: { grid: true, nice: true, label: scoreLabel(shown), labelAnchor: "center", labelArrow: "none" },
      y: { type: "point", domain: names, padding: 0.6, label: null, tickSize: 0, tickFormat: (name: string) => labels.of(name) },
      marks: sides.flatMap((side) => {
        const dy = paired ? (side === "before" ? -APART : APART) : 0;
        const line = { y: "task", dy, stroke: colour(side), title: "title" };
        return [
          Plot.link(of(boxes, side), { ...line, x1: "p5", x2: "p95", strokeWidth: 1.5 }),
          Plot.link(of(boxes, side), { ...line, x1: "p25", x2: "p75", strokeWidth: 9, strokeOpacity: 0.35 }),
          Plot.dot(of(boxes, side), { x: "p50", y: "task", dy, r: 4.5, symbol: "diamond", stroke: colour(side), strokeWidth: 2, fill: colour("background"), title: "title" }),
          Plot.dot(of(dots, side), { x: "mean", y: "task", dy, r: 3, fill: colour(side), fillOpacity: 0.55, title: "title" }),
        ];
      }),
    },
    "Scores of all prompts on every task, with quantiles over wordings",
    paired
      ? [{ label: "before", colour: colour("before"), symbol: "dot" }, { label: "after SFT", colour: colour("after"), symbol: "dot" }]
      : [],
    [labels],
  ); // prettier-ignore
  const without = names.length - new Set(boxes.map(({ task }) => task)).size;
  return {
    name: fileName,
    title: "How scores lie over prompts",
    caption: `Dots: the score of each prompt on these rows, with the noise of the rows. Box: 25 to 75 % of wordings like these with endless rows, line: 5 to 95 %, diamond: median.${without === 0 ? "" : ` ${counted(without, "task")} without the box: too few wordings or rows for its quantiles.`}`,
    svg,
  };
}

function boxOf(task: string, side: Side, { quantiles, checkpoint }: TaskAtCheckpoint) {
  const at = (share: number) => quantiles.values.find((one) => Math.abs(one.at - share) < 1e-9)?.value ?? null;
  const [p5, p25, p50, p75, p95] = [0.05, 0.25, 0.5, 0.75, 0.95].map(at) as [number | null, ...(number | null)[]];
  if (p5 === null || p50 == null || p95 == null) return [];
  const title = `${checkpoint} on ${task}: 5 % ${score(p5)}, 25 % ${score(p25)}, median ${score(p50)}, 75 % ${score(p75)}, 95 % ${score(p95)}`;
  return [{ task, side, p5, p25: p25 ?? p50, p50, p75: p75 ?? p50, p95, title }];
}

/** Names the axis by the metric that all tasks share. */
function scoreLabel(tasks: readonly TaskView[]): string {
  const [first, ...others] = new Set(tasks.map(({ task }) => task.metric_title));
  return others.length === 0 ? (first ?? "score") : "score";
}

/** Limits the points of one figure whose intervals are drawn: of more, they hide each other. */
const MOST_INTERVALS = 120;

/** Draws a point for each checkpoint and task: the noise-corrected SD over the mean score. */
export function sensitivityAgainstLevel({ analysis }: Views, fileName: string): Figure | undefined {
  const stages = new Map(analysis.checkpoints.map(({ name, stage }) => [name, stage]));
  const points = analysis.levels.flatMap((at) => {
    const sd = at.sensitivity.probability;
    if (sd === null || sd.corrected_sd === null) return [];
    const { mean } = at.level;
    const around = shownInterval(at.level).interval;
    return [
      {
        side: stages.get(at.checkpoint) === "sft" ? ("after" as const) : ("before" as const),
        mean,
        low: around?.low ?? mean,
        high: around?.high ?? mean,
        sd: sd.corrected_sd,
        sdLow: sd.interval?.low ?? sd.corrected_sd,
        sdHigh: sd.interval?.high ?? sd.corrected_sd,
        task: at.task,
        title: `${at.checkpoint} on ${at.task}: mean ${score(mean)} ${interval(around)}, SD ${writtenSd(sd)}`,
      },
    ];
  });
  if (points.length < 4) return undefined;
  const tuned = points.some(({ side }) => side === "after");
  const lines = points.length <= MOST_INTERVALS ? points : [];
  const tasks = [...new Set(points.map(({ task }) => task))];
  const isOneEach = !tuned && tasks.length === points.length && tasks.length <= SERIES_SHAPES.length;
  const styleOf = ({ task }: (typeof points)[number]) => seriesStyle(tasks.indexOf(task));
  const stroke = (point: (typeof points)[number]) =>
    isOneEach ? styleOf(point).colour : colour(tuned ? point.side : "after");
  const svg = draw(
    {
      width: 640,
      height: 400,
      marginLeft: 54,
      marginRight: 20,
      marginBottom: 42,
      x: { grid: true, nice: true, label: "mean score over prompts", labelAnchor: "center", labelArrow: "none" },
      y: { grid: true, nice: true, zero: true, ticks: 8, label: "noise-corrected SD over prompts", labelAnchor: "center", labelArrow: "none", tickFormat: ".2f" },
      marks: [
        Plot.link(lines, { x1: "low", x2: "high", y1: "sd", y2: "sd", stroke, strokeOpacity: 0.3 }),
        Plot.link(lines, { x1: "mean", x2: "mean", y1: "sdLow", y2: "sdHigh", stroke, strokeOpacity: 0.3 }),
        Plot.dot(points, {
          x: "mean",
          y: "sd",
          r: points.length > MOST_INTERVALS ? 2.5 : 4,
          ...(isOneEach ? { symbol: (point: (typeof points)[number]) => styleOf(point).shape } : {}),
          stroke,
          strokeWidth: 1.8,
          fill: (point: (typeof points)[number]) => (tuned && point.side === "before" ? colour("background") : stroke(point)),
          title: "title",
        }),
      ],
    },
    "Noise-corrected SD over prompts against the mean score, a point for each checkpoint and task",
    tuned ? STAGES : isOneEach ? points.map((point) => ({ label: point.task, colour: styleOf(point).colour, symbol: styleOf(point).shape })) : [],
  ); // prettier-ignore
  return {
    name: fileName,
    title: "Sensitivity against mean",
    caption: `A point for each of ${points.length.toLocaleString("en")} pairs of checkpoint and task: noise-corrected SD over prompts (upwards) and mean score over prompts (to the right).${lines.length === 0 ? "" : " Lines: 95 % intervals."} Scores near the ends of their scale have no room to differ.`,
    svg,
  };
}

const STAGES: readonly LegendEntry[] = [
  { label: "before SFT", colour: colour("before"), symbol: "ring" },
  { label: "after SFT", colour: colour("after"), symbol: "dot" },
];

/**
 * Draws one line a task, and on it a dot for each two checkpoints: the probability that two wordings put them in
 * different orders.
 */
export function orderReversals({ orders }: Analysis, fileName: string): Figure | undefined {
  const points = orders.flatMap(({ task, first, second, reversal, reversal_interval: around }) =>
    reversal === null
      ? []
      : [
          {
            task,
            reversal,
            low: around?.low ?? reversal,
            high: around?.high ?? reversal,
            title: `${second} against ${first} on ${task}: probability of another order ${score(reversal)} ${interval(around)}`,
          },
        ],
  );
  if (points.length === 0) return undefined;
  const names = [...new Set(points.map(({ task }) => task))];
  const labels = new Labels(names, 30);
  const few = points.length <= 3 * names.length;
  const svg = draw(
    {
      width: 760,
      height: 20 + 44 + names.length * 26,
      marginLeft: Math.ceil(Math.max(40, labels.width) + 14),
      marginRight: 20,
      marginBottom: 40,
      x: { domain: [0, 0.5], ticks: 5, grid: true, label: "probability that two wordings put two checkpoints in different orders", labelAnchor: "center", labelArrow: "none", tickFormat: ".1f" },
      y: { type: "point", domain: names, padding: 0.6, label: null, tickSize: 0, tickFormat: (name: string) => labels.of(name) },
      marks: [
        Plot.ruleY(names, { stroke: colour("line"), strokeOpacity: 0.5 }),
        ...(few ? [Plot.link(points, { x1: "low", x2: (one: (typeof points)[number]) => Math.min(one.high, 0.5), y: "task", stroke: colour("after"), strokeOpacity: 0.4, strokeWidth: 2 })] : []),
        Plot.dot(points, { x: "reversal", y: "task", r: few ? 4.2 : 3, fill: colour("after"), fillOpacity: few ? 1 : 0.35, title: "title" }),
        Plot.dot(points, Plot.groupY({ x: "median" }, { x: "reversal", y: "task", r: 5, symbol: "diamond", stroke: colour("text"), strokeWidth: 2 })),
      ],
    },
    "How often two wordings put two checkpoints in different orders, on every task",
    [],
    [labels],
  ); // prettier-ignore
  return {
    name: fileName,
    title: "How often the prompt turns the order of checkpoints",
    caption: `A dot for each two checkpoints (${counted(points.length, "pair")} with an estimate); diamond: median of the task. 0: the order is the same under all wordings; 0.5: as good as drawn by lot.${few ? " Lines: 95 % intervals for new wordings and rows." : ""}`,
    svg,
  };
}
