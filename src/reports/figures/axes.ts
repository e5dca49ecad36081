/** Shows where the variance between prompts comes from: wording, format, answer words, shots and their interactions. */

import * as Plot from "@observablehq/plot";
import type { AxisTermRecord, TaskAtCheckpoint } from "../../analysis/document/document.js";
import { interval, percent, score } from "../../base/numbers.js";
import { colour } from "../palette.js";
import type { TaskView } from "../view.js";
import { draw, type Figure } from "./draw.js";
import { estimatedWidth, Labels } from "./labels.js";

interface Bar {
  readonly term: string;
  readonly side: "before" | "after";
  readonly variance: number;
  readonly low: number;
  readonly high: number;
  readonly text: string;
  readonly title: string;
}

/** Marks an end of an interval that lies outside the axis. */
interface CutEnd extends Bar {
  readonly at: number;
  readonly rotate: number;
}

/** Draws the variance components with intervals; undefined where there are none. */
export function axisVariance(task: TaskView, fileName: string): Figure | undefined {
  const paired = task.before !== null;
  const bars = [...(task.before === null ? [] : barsOf(task.before, "before")), ...barsOf(task.after, "after")];
  if (bars.length === 0) return undefined;
  const terms = [...new Set(bars.map(({ term }) => term))];
  const labels = new Labels(terms, 30);
  const marginLeft = Math.ceil(Math.max(60, labels.width) + 14);
  const [least, most] = reach(bars);
  const clipped = bars.map((bar) => ({ ...bar, low: Math.max(bar.low, least), high: Math.min(bar.high, most) }));
  const cut = bars.flatMap((bar): CutEnd[] => [
    ...(bar.low < least ? [{ ...bar, at: least, rotate: -90 }] : []),
    ...(bar.high > most ? [{ ...bar, at: most, rotate: 90 }] : []),
  ]);
  const textWidth = Math.max(...bars.map(({ text }) => estimatedWidth(text)));
  const sides = (["before", "after"] as const).filter((side) => clipped.some((bar) => bar.side === side));
  const svg = draw(
    {
      width: 620,
      height: 20 + 26 + 44 + terms.length * (paired ? 38 : 26),
      marginLeft,
      marginRight: Math.ceil(textWidth) + 24,
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
        tickFormat: (term: string) => labels.of(term),
      },
      marks: [
        Plot.ruleY(terms, { stroke: colour("line"), strokeOpacity: 0.45 }),
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
            Plot.dot(
              cut.filter((end) => end.side === side),
              {
                x: "at",
                y: "term",
                dy,
                r: 4.5,
                symbol: "triangle",
                rotate: "rotate",
                fill: colour(side),
                title: "title",
              },
            ),
            Plot.text(own, { x: most, y: "term", dy, dx: 12, text: "text", textAnchor: "start", fill: colour(side) }),
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
    [labels],
  );
  return {
    name: `${fileName}-axes`,
    title: "What makes prompts differ",
    caption:
      "Variance between prompts that each axis of the design explains, on the logit scale, with 95 % intervals for these levels and new rows; an arrow marks an interval that goes on. On the right: the estimate, and its share of the sum of the positive ones. An estimate below 0 is one of a variance too small to be seen. “rest” is what no single axis or pair of axes explains.",
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
    text: variance > 0 && share !== null ? `${small(variance)} (${atLeast(share)})` : small(variance),
    title: `${term} ${side === "after" ? "after" : "before"}: variance ${score(variance)} ${interval(item_interval)}, share ${percent(share)}`,
  }));
}

/**
 * Returns the ends of the axis: all estimates lie within, and intervals as far as they leave room for the estimates.
 */
function reach(bars: readonly Bar[]): [number, number] {
  const estimates = bars.map(({ variance }) => variance);
  const most = 1.25 * Math.max(...estimates, ...bars.map(({ high }) => high / 2.5), 1e-6);
  const least = Math.min(0, ...bars.map(({ low }) => Math.max(low, -most / 3)));
  return [Math.min(least, 1.15 * Math.min(...estimates)), most];
}

/** Writes a variance so that one that is there is not shown as 0. */
function small(variance: number): string {
  return variance > 0 && variance < 0.0005 ? `< ${score(0.001)}` : score(variance);
}

/** Writes a share so that one that is there is not shown as 0. */
function atLeast(share: number): string {
  return share > 0 && share < 0.005 ? `< ${percent(0.01)}` : percent(share);
}
