/** Writes every figure of a report as a document of its own, for papers and slides. */

import type { Analysis } from "../../analysis/document/document.js";
import { fileNameOf } from "../../store/file-names.js";
import { withLightColours } from "../palette.js";
import { Views, viewLabel, type View } from "../view.js";
import { axisVariance } from "./axes.js";
import type { Figure } from "./draw.js";
import { forgettingMatrix, promptHeatmap } from "./matrices.js";
import { overview } from "./overview.js";
import { promptDots, promptSlopes } from "./prompts.js";
import { allTrajectories, trajectories } from "./training.js";

/** Limits the pairs of checkpoints whose tasks are drawn one by one: the latest. */
const VIEWS_DRAWN = 6;

export interface FigureFile {
  /** Without an extension; safe as a file name. */
  readonly name: string;
  /** In the light colours, on white. */
  readonly svg: string;
}

/** @yields figures over all tasks first, then those of each task */
export function* allFigures(analysis: Analysis): Generator<FigureFile> {
  const views = new Views(analysis);
  for (const quantity of ["level", "sensitivity"] as const) yield* documents([allTrajectories(views, quantity)]);
  const bases = [...new Set(analysis.transfer.map(({ base }) => base))];
  for (const base of bases) {
    const own = analysis.transfer.filter((one) => one.base === base);
    yield* documents([forgettingMatrix(own, `forgetting--${base}`)]);
  }
  for (const task of analysis.tasks) yield* documents(trajectories(views, task, task.name));
  for (const view of views.all.slice(0, VIEWS_DRAWN)) yield* documents(viewFigures(views, view));
}

function* viewFigures(views: Views, view: View): Generator<Figure | undefined> {
  const tasks = views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
  const label = viewLabel(view);
  yield overview(tasks, `overview--${label}`);
  for (const family of new Set(tasks.map(({ task }) => task.family ?? "other"))) {
    const related = tasks.filter(({ task }) => (task.family ?? "other") === family);
    yield promptHeatmap(family, related, `prompts-by-tasks--${family}--${label}`);
  }
  for (const task of tasks) {
    const name = `${task.task.name}--${label}`;
    yield promptDots(task, name);
    yield promptSlopes(task, name);
    yield axisVariance(task, name);
  }
}

function* documents(figures: Iterable<Figure | undefined>): Generator<FigureFile> {
  for (const figure of figures) {
    if (figure === undefined) continue;
    yield { name: fileNameOf(figure.name.replaceAll(/[ ,/\\]+/g, "-")), svg: standalone(figure.svg) };
  }
}

/** @param svg a figure of a page */
function standalone(svg: string): string {
  const size = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg);
  const ground = `<rect width="${size?.[1] ?? "100%"}" height="${size?.[2] ?? "100%"}" fill="#ffffff"/>`;
  const first = svg.indexOf(">") + 1;
  const head = svg
    .slice(0, first)
    .replace('fill="currentColor"', 'fill="currentColor" color="#1b1f24"')
    .replace("system-ui, sans-serif", "Helvetica, Arial, 'DejaVu Sans', sans-serif");
  return `<?xml version="1.0" encoding="UTF-8"?>\n${withLightColours(head + ground + svg.slice(first))}\n`;
}
