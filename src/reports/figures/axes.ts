/** Shows where the variance between prompts comes from: wording, format, answer words, shots and their interactions. */

import * as Plot from "@observablehq/plot";
import type { AxisTermRecord, TaskAtCheckpoint } from "../../analysis/document/document.js";
import { interval, percent, score } from "../../base/numbers.js";
import { shortened } from "../../base/wording.js";
import { colour } from "../palette.js";
import type { TaskView } from "../view.js";
import { draw, estimatedWidth, type Figure } from "./draw.js";

interface Bar {
  readonly term: string;
  readonly side: "before" | "after";
  readonly variance: number;
  readonly low: number;
  readonly high: number;
  readonly text: string;
  readonly title: string;
}

/** Draws the variance components with intervals; undefined where there are none. */
export function axisVariance(task: TaskView, fileName: string): Figure | undefined {
  const paired = task.before !== null;
  const bars = [...(task.before === null ? [] : barsOf(task.before, "before")), ...barsOf(task.after, "after")];
  if (bars.length === 0) return undefined;
  const terms = [...new Set(bars.map(({ term }) => term))];
  const marginLeft = Math.ceil(Math.max(60, ...terms.map((term) => estimatedWidth(shortened(term, 30)))) + 14);
  // An interval that reaches far would press everything else against the axis.
  const most = 1.25 * Math.max(...bars.map(({ variance }) => variance), ...bars.map(({ high }) => high / 2.5), 1e-6);
  const least = Math.min(0, ...bars.map(({ low }) => Math.max(low, -most / 3)));
  const clipped = bars.map((bar) => ({ ...bar, low: Math.max(bar.low, least), high: Math.min(bar.high, most) }));
  const sides = (["before", "after"] as const).filter((side) => clipped.some((bar) => bar.side === side));
  const svg = draw(
    {
      width: 620,
      height: 20 + 26 + 44 + terms.length * (paired ? 38 : 26),
      marginLeft,
      marginRight: 60,
      marginBottom: 40,
      x: {
        grid: true,
        domain: [least, most],
        label: "variance between prompts (logit²)",
        labelAnchor: "center",
        labelArrow: "none",
        ticks: 5,
      },
      y: {
        type: "band",
        domain: terms,
        padding: 0.25,
        label: null,
        tickSize: 0,
        tickFormat: (term: string) => shortened(term, 30),
      },
      marks: [
        Plot.ruleX([0], { stroke: colour("muted") }),
        ...sides.flatMap((side) => {
          const own = clipped.filter((bar) => bar.side === side);
          const dy = paired ? (side === "before" ? -8 : 8) : 0;
          return [
            Plot.link(own, {
              x1: "low",
              x2: "high",
              y: "term",
              dy,
              stroke: colour(side),
              strokeWidth: 2,
              strokeOpacity: 0.7,
              title: "title",
            }),
            Plot.dot(own, {
              x: "variance",
              y: "term",
              dy,
              r: 4.5,
              stroke: colour(side),
              strokeWidth: 2,
              fill: side === "before" ? colour("background") : colour(side),
              title: "title",
            }),
            Plot.text(own, { x: most, y: "term", dy, dx: 8, text: "text", textAnchor: "start", fill: colour(side) }),
          ];
        }),
      ],
    },
    `${task.task.name}: variance between prompts by axis`,
    paired
      ? [
          { label: "before", colour: colour("before"), symbol: "ring" },
          { label: "after SFT", colour: colour("after"), symbol: "dot" },
        ]
      : [],
  );
  return {
    name: `${fileName}-axes`,
    title: "What makes prompts differ",
    caption:
      "Variance between prompts that each axis of the design explains, on the logit scale, with 95 % intervals for these levels and new rows; on the right its share. “rest” is what no single axis or pair of axes explains.",
    svg,
  };
}

function barsOf({ axes }: TaskAtCheckpoint, side: "before" | "after"): Bar[] {
  return (axes?.terms ?? []).map(({ term, variance, share, item_interval }: AxisTermRecord) => ({
    term,
    side,
    variance,
    low: item_interval.low ?? variance,
    high: item_interval.high ?? variance,
    text: percent(share),
    title: `${term} ${side === "after" ? "after" : "before"}: ${score(variance)} ${interval(item_interval)}, ${percent(share)}`,
  }));
}
