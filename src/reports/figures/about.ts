/** Says what a figure has to be read with: metric, rows, prompts and checkpoints. */

import type { AnalysedTask } from "../../analysis/document/document.js";
import { viewLabel, type View } from "../view.js";

/** @param view the checkpoints, where the figure is about one or two */
export function aboutFigure(tasks: readonly AnalysedTask[], view?: View): string {
  const metrics = [...new Set(tasks.map(({ metric_title }) => metric_title))].join(", ");
  const range = (values: readonly number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return low === high ? low.toLocaleString("en") : `${low.toLocaleString("en")} to ${high.toLocaleString("en")}`;
  };
  const rows = tasks.flatMap(({ items }) => items ?? []);
  const prompts = range(tasks.map((task) => task.prompts.length));
  const what = `${metrics}; ${rows.length === 0 ? "" : `n = ${range(rows)} rows, `}${prompts} prompts`;
  return view === undefined ? what : `${what}; ${viewLabel(view)}`;
}
