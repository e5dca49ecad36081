/** Draws two results of one task beside each other: both means of every prompt, and their paired difference. */

import * as Plot from "@observablehq/plot";
import type { ComparedCell, ComparedTask } from "../../analysis/compare/compare-studies.js";
import { interval, score, signed } from "../../base/numbers.js";
import { counted, shortened } from "../../base/wording.js";
import { metricTitle } from "../../metrics/registry.js";
import { tInverse } from "../../statistics/distributions.js";
import { colour } from "../palette.js";
import { draw, type Figure } from "./draw.js";
import { Labels } from "./labels.js";

/** Limits the prompts in one figure; of more, those with the largest differences are drawn. */
const MOST_PROMPTS = 60;
const LONGEST_LABEL = 30;
const LONGEST_TITLE = 40;

/** Returns the 95 % interval of a difference over rows; null where it is not known. */
export function differenceInterval({
  difference,
  stderr,
  rows,
}: {
  difference: number | null;
  stderr: number | null;
  rows: number | null;
}): { low: number; high: number } | null {
  if (difference === null || stderr === null) return null;
  const half = stderr * tInverse(0.975, rows === null ? 1e6 : Math.max(1, rows - 1));
  return { low: difference - half, high: difference + half };
}

/** Draws the means of A (rings) and B (dots), and B less A with its interval, for one checkpoint. */
export function pairedChanges(task: ComparedTask, own: readonly ComparedCell[], fileName: string): Figure[] {
  const known = own.flatMap((cell) => {
    const { prompt, mean, difference } = cell;
    if (mean.a === null || mean.b === null || difference === null) return [];
    const name = prompt.a === prompt.b ? prompt.a : `${prompt.a} = ${prompt.b}`;
    const ends = differenceInterval(cell);
    return [{ name, a: mean.a, b: mean.b, difference, ends, low: ends?.low ?? difference, high: ends?.high ?? difference }]; // prettier-ignore
  });
  if (known.length === 0) return [];
  const drawn = [...known].sort((x, y) => Math.abs(y.difference) - Math.abs(x.difference)).slice(0, MOST_PROMPTS);
  const order = [...drawn].sort((x, y) => y.difference - x.difference).map(({ name }) => name);
  const labels = new Labels(order, LONGEST_LABEL);
  const left = known.length - drawn.length;
  const rest = left === 0 ? "" : ` ${counted(left, "prompt")} with smaller differences are not drawn.`;
  const common = {
    width: 620,
    height: 20 + 26 + 44 + order.length * 19,
    marginLeft: Math.ceil(Math.max(40, labels.width) + 14),
    marginRight: 16,
    marginBottom: 40,
    y: { type: "point", domain: order, padding: 0.6, label: null, tickSize: 0, tickFormat: (name: string) => labels.of(name) }, // prettier-ignore
  } as const;
  const axis = { grid: true, nice: true, inset: 6, labelAnchor: "center", labelArrow: "none" } as const;
  const isFlat = drawn.every(({ low, high }) => low === 0 && high === 0);
  const lines = Plot.ruleY(order, { stroke: colour("line"), strokeOpacity: 0.45 });
  const scores = drawn.map((one) => ({ ...one, titleA: `${one.name} A: ${score(one.a)}`, titleB: `${one.name} B: ${score(one.b)}` })); // prettier-ignore
  const changes = drawn.map((one) => ({ ...one, title: `${one.name}: ${signed(one.difference)} ${interval(one.ends, signed)}`.trimEnd() })); // prettier-ignore
  const title = metricTitle(task.metric.a);
  const taskName = shortened(task.task, LONGEST_TITLE);
  return [
    {
      name: `${fileName}-scores`,
      title: `Every prompt of ${taskName}`,
      caption: `The ${title} of each prompt in A and in B over ${task.rows === null ? "the rows of each" : "the rows of both"}; the largest rise on top.${rest}`,
      svg: draw(
        {
          ...common,
          x: { ...axis, label: title },
          marks: [
            lines,
            Plot.link(scores, { x1: "a", x2: "b", y: "name", stroke: colour("muted"), strokeWidth: 1.4 }),
            Plot.dot(scores, { x: "a", y: "name", title: "titleA", r: 3.5, fill: colour("background"), stroke: colour("before"), strokeWidth: 2 }),
            Plot.dot(scores, { x: "b", y: "name", title: "titleB", r: 4.2, fill: colour("after") }),
          ], // prettier-ignore
        },
        `${task.task}: score of every prompt in A and B`,
        [
          { label: "A", colour: colour("before"), symbol: "ring" },
          { label: "B", colour: colour("after"), symbol: "dot" },
        ],
        [labels],
      ),
    },
    {
      name: `${fileName}-changes`,
      title: `B less A on ${taskName}`,
      caption: `${task.rows === null ? "Differences of means, with 95 % intervals as of different rows" : "Paired differences, row by row, with 95 % intervals over rows"}. An interval that holds 0 shows no difference.${rest}`,
      svg: draw(
        {
          ...common,
          // Around 0 alone, an axis has no ends of its own.
          x: { ...axis, label: `difference of ${title}`, ...(isFlat ? { domain: [-0.1, 0.1], ticks: 3 } : {}) },
          marks: [
            lines,
            Plot.ruleX([0], { stroke: colour("muted") }),
            Plot.link(changes, { x1: "low", x2: "high", y: "name", stroke: colour("text"), strokeWidth: 1.8, strokeOpacity: 0.75 }),
            Plot.dot(changes, { x: "difference", y: "name", title: "title", r: 4.2, fill: colour("text") }),
          ], // prettier-ignore
        },
        `${task.task}: difference of every prompt between A and B`,
        [],
        [labels],
      ),
    },
  ];
}
