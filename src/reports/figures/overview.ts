/** Draws mean and sensitivity of every task, before and after SFT. */

import { writtenSd } from "../summary-columns.js";
import { shownInterval } from "../../analysis/shown-interval.js";
import * as Plot from "@observablehq/plot";
import { interval, score } from "../../base/numbers.js";
import { colour } from "../palette.js";
import type { TaskView } from "../view.js";
import { draw, type Figure } from "./draw.js";
import { Labels } from "./labels.js";

interface Mark {
  readonly task: string;
  readonly panel: string;
  readonly side: "before" | "after";
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly title: string;
}

const PANELS = ["mean score", "SD over prompts, noise-corrected"] as const;

/** Draws one line a task: mean on the left, sensitivity on the right, both with 95 % intervals. */
export function overview(tasks: readonly TaskView[], fileName: string): Figure | undefined {
  const marks = tasks.flatMap((task) => [
    ...(task.before === null ? [] : marksOf(task, "before")),
    ...marksOf(task, "after"),
  ]);
  if (marks.length === 0) return undefined;
  const names = tasks.map(({ task }) => task.name);
  const paired = marks.some(({ side }) => side === "before");
  const labels = new Labels(names, 22);
  const marginLeft = Math.ceil(Math.max(40, labels.width) + 14);
  const panelWidth = 480;
  const [left, right] = PANELS.map((panel, i) => {
    const own = marks.filter((mark) => mark.panel === panel);
    return panelMarks(own, panel, {
      names,
      paired,
      labels: i === 0 ? labels : null,
      width: i === 0 ? marginLeft + panelWidth : panelWidth,
      marginLeft: i === 0 ? marginLeft : 34,
      checkpoint: tasks[0]?.view.after ?? "",
    });
  });
  if (left === undefined || right === undefined) return undefined;
  return {
    name: fileName,
    title: "Every task at a glance",
    caption:
      "Left: mean over prompts, for new prompts and rows where there are several prompts, else for new rows. Right: how much prompts differ once the noise of the rows is taken away, in units of the score; 0 means that these rows show no difference. Lines: 95 % intervals.",
    svg: sideBySide(left, right, marginLeft + panelWidth, panelWidth),
  };
}

function panelMarks(
  marks: readonly Mark[],
  panel: (typeof PANELS)[number],
  about: {
    names: readonly string[];
    paired: boolean;
    labels: Labels | null;
    width: number;
    marginLeft: number;
    checkpoint: string;
  },
): string {
  const { names, paired, labels, width, marginLeft, checkpoint } = about;
  const side = (which: Mark["side"]) => marks.filter((mark) => mark.side === which);
  const place = { x: "value", y: "task", title: "title" };
  const dy = (which: Mark["side"]) => (paired ? (which === "before" ? -4 : 4) : 0);
  return draw(
    {
      width,
      height: 20 + 26 + 44 + names.length * 26,
      marginLeft,
      marginRight: 14,
      marginBottom: 42,
      x: {
        grid: true,
        nice: true,
        zero: panel !== "mean score",
        ticks: 5,
        label: panel,
        labelAnchor: "center",
        labelArrow: "none",
      },
      y: {
        type: "point",
        domain: names,
        padding: 0.6,
        label: null,
        tickSize: 0,
        axis: labels === null ? null : "left",
        tickFormat: (name: string) => labels?.of(name) ?? "",
      },
      marks: [
        Plot.ruleY(names, { stroke: colour("line"), strokeOpacity: 0.5 }),
        ...(["before", "after"] as const).flatMap((which) => [
          Plot.link(side(which), {
            x1: "low",
            x2: "high",
            y: "task",
            title: "title",
            dy: dy(which),
            stroke: colour(which),
            strokeWidth: 2.2,
            strokeOpacity: 0.7,
          }),
          Plot.dot(side(which), {
            ...place,
            dy: dy(which),
            r: 4.6,
            stroke: colour(which),
            strokeWidth: 2,
            fill: which === "before" ? colour("background") : colour(which),
          }),
        ]),
      ],
    },
    `${panel} of every task`,
    labels !== null && paired
      ? [
          { label: "before", colour: colour("before"), symbol: "ring" },
          { label: "after SFT", colour: colour("after"), symbol: "dot" },
        ]
      : [
          {
            label: labels === null ? "" : checkpoint,
            colour: labels === null ? "none" : colour("after"),
            symbol: "dot",
          },
        ],
    labels === null ? [] : [labels],
  );
}

function marksOf(task: TaskView, side: "before" | "after"): Mark[] {
  const at = (side === "before" ? task.before : task.after) ?? task.after;
  const { name } = task.task;
  const sd = at.sensitivity.probability;
  const of = (panel: Mark["panel"], value: number, bounds: { low: number | null; high: number | null } | null): Mark => ({
    task: name, panel, side, value,
    low: bounds?.low ?? value, high: bounds?.high ?? value,
    title: `${name} ${side}: ${panel} ${panel === PANELS[1] ? writtenSd(sd) : `${score(value)} ${interval(bounds)}`}`,
  }); // prettier-ignore
  return [
    of(PANELS[0], at.level.mean, shownInterval(at.level).interval),
    ...(sd === null || sd.corrected_sd === null ? [] : [of(PANELS[1], sd.corrected_sd, sd.interval)]),
  ];
}

/** Joins two figures of one height into one. */
function sideBySide(left: string, right: string, leftWidth: number, rightWidth: number): string {
  const height = /height="(\d+)"/.exec(left)?.[1] ?? "0";
  const width = leftWidth + rightWidth;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Mean and sensitivity of every task" text-anchor="middle" font-size="12" font-family="system-ui, sans-serif" fill="currentColor">${left}${right.replace("<svg ", `<svg x="${leftWidth}" `)}</svg>`;
}
