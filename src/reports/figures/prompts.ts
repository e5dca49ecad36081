/** Draws every prompt of one task: its score with its interval, and where it goes from before to after SFT. */

import type { AnalysedTask } from "../../analysis/document/document.js";
import { shownInterval } from "../../analysis/shown-interval.js";
import * as Plot from "@observablehq/plot";
import { counted } from "../../base/wording.js";
import { interval, score, signed } from "../../base/numbers.js";
import { colour } from "../palette.js";
import { promptPairs, type PromptPair, type TaskView } from "../view.js";
import { draw, type Figure, type LegendEntry } from "./draw.js";
import { fitted, Labels } from "./labels.js";

/** Limits the prompts in one figure; of more, the worst and the best half of this number are drawn. */
const MOST_PROMPTS = 60;
const LONGEST_LABEL = 34;
const WIDTH = 760;

interface Mark {
  readonly prompt: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly title: string;
}

/** Draws dots with 95 % intervals over rows, one line a prompt, the best on top. */
export function promptDots(task: TaskView, fileName: string): Figure {
  const all = promptPairs(task);
  const shown = all.length <= MOST_PROMPTS ? all : [...all.slice(0, MOST_PROMPTS / 2), ...all.slice(-MOST_PROMPTS / 2)];
  const order = shown.map(({ after }) => after.prompt).reverse();
  const { chance, range } = task.task;
  const after = shown.map((pair) => mark(pair, "after", range));
  const before = shown.flatMap((pair) => (pair.before === null ? [] : [mark(pair, "before", range)]));
  const labels = new Labels(order, LONGEST_LABEL);
  const marginLeft = Math.ceil(Math.max(40, labels.width) + 14);
  const paired = before.length > 0;
  const offset = paired ? 3 : 0;
  const svg = draw(
    {
      width: WIDTH,
      height: 20 + 26 + 44 + order.length * (paired ? 19 : 16),
      marginLeft,
      marginRight: 16,
      marginBottom: 40,
      x: {
        grid: true,
        nice: true,
        label: `${task.task.metric_title}${rangeText(range)}`,
        labelAnchor: "center",
        labelArrow: "none",
        ...domain([...before, ...after], chance, range),
      },
      y: {
        type: "point",
        domain: order,
        padding: 0.6,
        label: null,
        tickSize: 0,
        tickFormat: (prompt: string) => labels.of(prompt),
      },
      marks: [
        Plot.ruleY(order, { stroke: colour("line"), strokeOpacity: 0.45 }),
        ...(chance === null || chance === 0
          ? []
          : [Plot.ruleX([chance], { stroke: colour("muted"), strokeDasharray: "3,3" })]),
        ...(paired
          ? [intervalMark(before, "before", -offset), intervalMark(after, "after", offset)]
          : [intervalMark(after, "after", 0)]),
        ...(paired
          ? [
              Plot.dot(before, {
                ...place(-offset),
                r: 3.5,
                fill: colour("background"),
                stroke: colour("before"),
                strokeWidth: 2,
              }),
            ]
          : []),
        Plot.dot(after, { ...place(offset), r: 4.2, fill: colour("after") }),
      ],
    },
    `${task.task.name}: score of every prompt${paired ? " before and after SFT" : ""}`,
    legend(task, paired),
    [labels],
  );
  const left = all.length - shown.length;
  return {
    name: `${fileName}-prompts`,
    title: `Every prompt on ${task.task.name}`,
    caption: `Score of each of ${counted(all.length, "prompt")}${rowsOf(task)}, with 95 % intervals over rows; the best ${paired ? "after SFT " : ""}on top.${chance === null || chance === 0 ? "" : " Dashed: chance."}${left === 0 ? "" : ` ${counted(left, "prompt")} between the best and the worst ${MOST_PROMPTS / 2} are not drawn.`}`,
    svg,
  };
}

/** Draws one line a prompt from before to after SFT, and the mean; undefined for a checkpoint that stands alone. */
export function promptSlopes(task: TaskView, fileName: string): Figure | undefined {
  const pairs = promptPairs(task).filter(({ before }) => before !== null);
  if (pairs.length === 0 || task.comparison === null) return undefined;
  const { level } = task.comparison;
  const points = pairs.flatMap(({ prompt, before, after }) => {
    const from = before?.mean ?? 0;
    const rises = after.mean >= from;
    const title = `${prompt}: before ${score(from)}, after SFT ${score(after.mean)}, change ${signed(after.mean - from)}`;
    return [
      { prompt, rises, title, side: "before", mean: from },
      { prompt, rises, title, side: "after SFT", mean: after.mean },
    ];
  });
  const mean = [
    { side: "before", mean: level.before },
    { side: "after SFT", mean: level.after },
  ];
  const ends = [pairs[0], pairs.at(-1)].flatMap((pair) =>
    pair === undefined ? [] : [{ side: "after SFT", mean: pair.after.mean, prompt: pair.prompt }],
  );
  const distinct =
    ends.length === 2 && Math.abs((ends[1]?.mean ?? 0) - (ends[0]?.mean ?? 0)) < 0.02 ? ends.slice(0, 1) : ends;
  const svg = draw(
    {
      width: 420,
      height: 380,
      marginLeft: 48,
      marginRight: 170,
      marginBottom: 34,
      x: { type: "point", domain: ["before", "after SFT"], label: null, padding: 0.15 },
      y: { grid: true, nice: true, label: null, tickFormat: ".2f" },
      marks: [
        Plot.line(points, {
          x: "side",
          y: "mean",
          z: "prompt",
          stroke: (point: { rises: boolean }) => (point.rises ? colour("rise") : colour("fall")),
          strokeOpacity: 0.55,
          strokeWidth: 1.3,
          title: "title",
        }),
        Plot.line(mean, { x: "side", y: "mean", stroke: colour("text"), strokeWidth: 3.5 }),
        Plot.dot(mean, { x: "side", y: "mean", fill: colour("text"), r: 5 }),
        Plot.text(distinct, {
          x: "side",
          y: "mean",
          text: (end: { prompt: string }) => fitted(end.prompt, 155),
          textAnchor: "start",
          dx: 10,
          fill: colour("muted"),
        }),
      ],
    },
    `${task.task.name}: each prompt from before to after SFT`,
    [
      { label: "rises", colour: colour("rise"), symbol: "line" },
      { label: "falls", colour: colour("fall"), symbol: "line" },
      { label: "mean", colour: colour("text"), symbol: "dot" },
    ],
  );
  const fallen = pairs.filter(({ before, after }) => after.mean < (before?.mean ?? 0)).length;
  return {
    name: `${fileName}-slopes`,
    title: "Where each prompt goes",
    caption: `One line a prompt: ${pairs.length - fallen} rise or stay, ${fallen} fall. Lines that fan out: prompts matter more after SFT; lines that meet: less. Thick: mean over prompts, ${signed(level.change)} ${interval(shownInterval(level).interval, signed)} for ${shownInterval(level).for ?? "unknown"}.`,
    svg,
  };
}

function mark(
  { prompt, before, after }: PromptPair,
  side: "before" | "after",
  { low: least, high: most }: AnalysedTask["range"],
): Mark {
  const { mean, interval: bounds } = side === "after" || before === null ? after : before;
  const label = before === null ? "" : side === "after" ? " after SFT" : " before";
  return {
    prompt,
    mean,
    low: Math.max(least ?? -Infinity, bounds?.low ?? mean),
    high: Math.min(most ?? Infinity, bounds?.high ?? mean),
    title: `${prompt}${label}: ${score(mean)} ${interval(bounds)}`,
  };
}

function place(dy: number): { x: string; y: string; title: string; dy: number } {
  return { x: "mean", y: "prompt", title: "title", dy };
}

function intervalMark(marks: readonly Mark[], side: "before" | "after", dy: number): Plot.Markish {
  return Plot.link(marks, {
    x1: "low",
    x2: "high",
    y: "prompt",
    dy,
    stroke: colour(side),
    strokeWidth: 1.8,
    strokeOpacity: 0.75,
    title: "title",
  });
}

/** Returns the range of the metric as the axis names it. */
function rangeText({ low, high }: AnalysedTask["range"]): string {
  return low === null || high === null ? "" : ` (${low} to ${high})`;
}

/** Returns a range a little wider than everything that is drawn, within the range of the metric. */
function domain(
  marks: readonly Mark[],
  chance: number | null,
  { low: least, high: most }: AnalysedTask["range"],
): { domain: [number, number] } {
  const values = [
    ...marks.flatMap(({ low, high }) => [low, high]),
    ...(chance === null || chance === 0 ? [] : [chance]),
  ];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = least === 0 && most === 1 ? 0.02 : Math.max(0.02, (high - low) / 20);
  return { domain: [Math.max(least ?? -Infinity, low - margin), Math.min(most ?? Infinity, high + margin)] };
}

function legend(task: TaskView, paired: boolean): LegendEntry[] {
  if (!paired) return [{ label: task.view.after, colour: colour("after"), symbol: "dot" }];
  return [
    { label: `before: ${task.view.before ?? ""}`, colour: colour("before"), symbol: "ring" },
    { label: `after: ${task.view.after}`, colour: colour("after"), symbol: "dot" },
  ];
}

/** Writes ` on 300 rows`, where it is known. */
export function rowsOf({ after, comparison }: TaskView): string {
  const items = comparison?.items ?? after.items;
  return items === null ? "" : ` on ${counted(items, "row")}`;
}
