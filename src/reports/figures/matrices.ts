/** Draws two tables in colour: prompts by tasks, and what SFT on one task does to the others. */

import * as Plot from "@observablehq/plot";
import type { Transfer } from "../../analysis/document/document.js";
import { counted } from "../../base/wording.js";
import { score, signed, steps, withError } from "../../base/numbers.js";
import { colour, divergingStep, textOn } from "../palette.js";
import { promptPairs, type TaskView } from "../view.js";
import { draw, type Figure, type LegendEntry } from "./draw.js";
import { Labels } from "./labels.js";

interface Cell {
  readonly row: string;
  readonly column: string;
  readonly value: number;
  readonly text: string;
  readonly title: string;
  /** Drawn with an edge. */
  readonly marked: boolean;
}

/**
 * Draws each prompt's distance from the mean of its task, tasks of one family together; after SFT where there is SFT.
 */
export function promptHeatmap(family: string, tasks: readonly TaskView[], fileName: string): Figure | undefined {
  const cells = tasks.flatMap((task) => {
    const { mean } = task.after.level;
    return promptPairs(task).map(({ prompt, after }): Cell => ({
      row: prompt,
      column: task.task.name,
      value: after.mean - mean,
      text: signed(after.mean - mean).replace("0.", "."),
      title: `${prompt} on ${task.task.name}: score ${score(after.mean)}, less the mean over prompts ${signed(after.mean - mean)}`,
      marked: false,
    }));
  });
  const rows = averagedOrder(cells);
  if (rows.length < 2) return undefined;
  const columns = [...new Set(cells.map(({ column }) => column))];
  return {
    name: fileName,
    title: `Prompts by tasks: ${family}`,
    caption: `Score of each prompt less the mean over prompts of its task (${counted(rows.length, "prompt")}, best on average on top). Rows of one colour: a prompt that is good or bad everywhere.`,
    svg: matrix(cells, rows, columns, `${family}: each prompt beside the mean of its task`),
  };
}

/** Draws the change of the mean over prompts on every task after SFT on one task, from bases of one step. */
export function forgettingMatrix(transfers: readonly Transfer[], fileName: string): Figure | undefined {
  const cells = transfers.flatMap(({ sft_task, cells: own }) =>
    own.map(({ task, relation, before, after, change, stderr }): Cell => {
      const clear = stderr !== null && Math.abs(change) > 1.96 * stderr;
      return {
        row: `SFT on ${sft_task}`,
        column: task,
        value: change,
        text: `${signed(change).replace("0.", ".")}${clear ? "*" : ""}`,
        title: `SFT on ${sft_task}, ${task}: before ${score(before)}, after ${score(after)}, change ${withError(change, stderr, signed)}`,
        marked: relation === "trained",
      };
    }),
  );
  const [first] = transfers;
  if (first === undefined || cells.length === 0) return undefined;
  const rows = [...new Set(cells.map(({ row }) => row))];
  const columns = [...new Set(cells.map(({ column }) => column))];
  const step = first.step === null ? "" : ` from step ${steps(first.step)}`;
  return {
    name: fileName,
    title: `What SFT changes elsewhere${step}`,
    caption: `Change of the mean over prompts (after − before) on each task, by the task trained on${step}. Lines: the task trained on; columns: the task evaluated on. * the 95 % interval does not hold 0. Edged: the task trained on.`,
    svg: matrix(cells, rows, columns, `Change on each task by the task trained on${step}`),
  };
}

function matrix(cells: readonly Cell[], rows: readonly string[], columns: readonly string[], aria: string): string {
  const largest = Math.max(...cells.map(({ value }) => Math.abs(value)));
  const step = ({ value }: Cell) => divergingStep(value, largest);
  const lines = new Labels(rows, 34);
  const heads = new Labels(columns, 20);
  const marginLeft = Math.ceil(lines.width + 14);
  const longest = heads.width;
  const slanted = longest > 66;
  const marginTop = slanted ? 24 + longest * 0.6 : 40;
  const width = marginLeft + columns.length * 70 + (slanted ? Math.max(20, longest * 0.75 - 30) : 20);
  return draw(
    {
      width: Math.max(width, 460),
      height: marginTop + 26 + rows.length * 25 + 12,
      marginLeft,
      marginTop,
      marginBottom: 10,
      marginRight: Math.max(20, Math.max(width, 460) - marginLeft - columns.length * 70),
      padding: 0.06,
      x: {
        domain: columns,
        axis: "top",
        label: null,
        tickSize: 0,
        tickRotate: slanted ? -35 : 0,
        tickFormat: (name: string) => heads.of(name),
      },
      y: { domain: rows, label: null, tickSize: 0, tickFormat: (name: string) => lines.of(name) },
      marks: [
        Plot.cell(cells, { x: "column", y: "row", fill: (cell: Cell) => colour(step(cell)), title: "title" }),
        Plot.cell(
          cells.filter(({ marked }) => marked),
          { x: "column", y: "row", fill: "none", stroke: colour("text"), strokeWidth: 2, title: "title" },
        ),
        Plot.text(cells, {
          x: "column",
          y: "row",
          text: "text",
          fill: (cell: Cell) => textOn(step(cell)),
          fontSize: 11,
        }),
      ],
    },
    aria,
    scaleLegend(largest),
    [lines, heads],
  );
}

function scaleLegend(largest: number): LegendEntry[] {
  return [
    { label: signed(-largest), colour: colour("fall-3"), symbol: "square" },
    { label: "0", colour: colour("level-0"), symbol: "square" },
    { label: signed(largest), colour: colour("rise-3"), symbol: "square" },
  ];
}

/** Sorts rows by their mean value, largest first. */
function averagedOrder(cells: readonly Cell[]): string[] {
  const sums = new Map<string, { sum: number; n: number }>();
  for (const { row, value } of cells) {
    const one = sums.get(row) ?? { sum: 0, n: 0 };
    sums.set(row, { sum: one.sum + value, n: one.n + 1 });
  }
  return [...sums].sort(([, a], [, b]) => b.sum / b.n - a.sum / a.n).map(([row]) => row);
}
