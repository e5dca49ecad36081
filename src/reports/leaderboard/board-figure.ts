/** Draws the best entries of a board: mean, 5th percentile and worst prompt on one line each. */

import * as Plot from "@observablehq/plot";
import { draw, type Figure } from "../figures/draw.js";
import { Labels } from "../figures/labels.js";
import { metricTitle } from "../../metrics/registry.js";
import { score } from "../../base/numbers.js";
import { colour } from "../palette.js";
import type { Board, Entry } from "../../leaderboard/entry.js";

const MOST = 25;

export function boardFigure(board: Board, entries: ReadonlyMap<string, Entry>, name: string): Figure {
  const shown = [...board.ranks]
    .sort((a, b) => a.mean.rank - b.mean.rank)
    .slice(0, MOST)
    .flatMap(({ entry, mean }) => {
      const found = entries.get(entry);
      return found === undefined ? [] : [{ key: entry, rank: mean, ...found }];
    });
  const wholes = new Map(shown.map((one) => [one.key, lineName(one, shown)]));
  const labels = new Labels([...wholes.values()], 44);
  const marginLeft = Math.ceil(Math.max(60, labels.width) + 14);
  const lines = shown.map(({ key, scores, checkpoint }) => ({
    key,
    ...scores,
    low: scores.mean - 1.96 * (scores.mean_stderr ?? 0),
    high: scores.mean + 1.96 * (scores.mean_stderr ?? 0),
    title: `${checkpoint.name}: mean ${score(scores.mean)}, 5th percentile ${score(scores.p5)}, worst prompt ${score(scores.worst)}`,
  }));
  const svg = draw(
    {
      width: 820,
      height: 90 + shown.length * 22,
      marginLeft,
      marginRight: 16,
      marginBottom: 40,
      x: {
        grid: true,
        nice: true,
        inset: 6,
        label: metricTitle(board.metric),
        labelAnchor: "center",
        labelArrow: "none",
      },
      y: {
        type: "point",
        domain: shown.map(({ key }) => key),
        padding: 0.6,
        label: null,
        tickSize: 0,
        tickFormat: (key: string) => labels.of(wholes.get(key) ?? key),
      },
      marks: [
        Plot.link(lines, { x1: "worst", x2: "mean", y: "key", stroke: colour("line"), strokeWidth: 2 }),
        Plot.link(lines, {
          x1: "low",
          x2: "high",
          y: "key",
          stroke: colour("text"),
          strokeWidth: 2,
          strokeOpacity: 0.7,
          title: "title",
        }),
        Plot.dot(lines, {
          x: "worst",
          y: "key",
          r: 4,
          stroke: colour("text"),
          strokeWidth: 2,
          fill: colour("background"),
          title: "title",
        }),
        Plot.dot(lines, { x: "p5", y: "key", r: 3.4, symbol: "square", fill: colour("muted"), title: "title" }),
        Plot.dot(lines, { x: "mean", y: "key", r: 4.5, fill: colour("text"), title: "title" }),
      ],
    },
    `${board.task}: scores of the first ${shown.length} of ${board.ranks.length} entries`,
    [
      { label: "mean, 95 % interval", colour: colour("text"), symbol: "dot" },
      { label: "5th percentile", colour: colour("muted"), symbol: "square" },
      { label: "worst prompt", colour: colour("text"), symbol: "ring" },
    ],
    [labels],
  );
  const left = board.ranks.length - shown.length;
  return {
    name,
    title: board.task,
    caption: `Numbers before the names: 95 % interval of the rank by mean score${left > 0 ? `; ${left} more in the table` : ""}.`,
    svg,
  };
}

type Shown = Pick<Entry, "checkpoint"> & { readonly rank: Board["ranks"][number]["mean"] };

/** Writes the rank before the name; of checkpoints of one name, the first digits of their weights behind it. */
function lineName({ rank, checkpoint: { name, weights } }: Shown, all: readonly Shown[]): string {
  const place = rank.low === rank.high ? String(rank.rank) : `${rank.low}–${rank.high}`;
  const alone = all.filter(({ checkpoint }) => checkpoint.name === name).length === 1;
  return `${place}  ${name}${alone ? "" : ` ${weights?.slice(0, 6) ?? ""}`}`;
}
