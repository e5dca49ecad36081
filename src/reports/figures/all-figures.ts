/** Writes every figure of a report as a document of its own, for papers and slides. */

import type { Analysis } from "../../analysis/document/document.js";
import { fileNameOf } from "../../store/file-names.js";
import { withLightColours } from "../palette.js";
import { escapeHtml } from "../html.js";
import { Views, viewLabel, type TaskView, type View } from "../view.js";
import { aboutFigure } from "./about.js";
import { axisVariance } from "./axes.js";
import { orderReversals, scoreDistributions, sensitivityAgainstLevel } from "./distributions.js";
import type { Figure } from "./draw.js";
import { estimatedWidth, fitted } from "./labels.js";
import { forgettingMatrix, promptHeatmap } from "./matrices.js";
import { overview } from "./overview.js";
import { promptDots, promptSlopes } from "./prompts.js";
import { TRAINING_AXES } from "../../analysis/document/axis.js";
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
  const about = aboutFigure(analysis.tasks);
  for (const axis of TRAINING_AXES) {
    for (const quantity of ["level", "sensitivity"] as const)
      yield* documents([allTrajectories(views, quantity, axis)], about);
  }
  yield* documents([sensitivityAgainstLevel(views, "sensitivity-against-mean"), orderReversals(analysis, "order-reversals")], about); // prettier-ignore
  const bases = [...new Set(analysis.transfer.map(({ base }) => base))];
  for (const base of bases) {
    const own = analysis.transfer.filter((one) => one.base === base);
    yield* documents([forgettingMatrix(own, `forgetting--${base}`)], `${about}; before: ${base}`);
  }
  for (const task of analysis.tasks)
    yield* documents(trajectories(views, task, task.name), `${task.name}: ${aboutFigure([task])}`);
  for (const view of views.all.slice(0, VIEWS_DRAWN)) yield* viewFigures(views, view);
}

function* viewFigures(views: Views, view: View): Generator<FigureFile> {
  const tasks = views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
  const label = viewLabel(view);
  const about = (own: readonly TaskView[]) => aboutFigure(own.map(({ task }) => task), view); // prettier-ignore
  yield* documents([overview(tasks, `overview--${label}`), scoreDistributions(tasks, `distributions--${label}`)], about(tasks)); // prettier-ignore
  for (const family of new Set(tasks.map(({ task }) => task.family ?? "other"))) {
    const related = tasks.filter(({ task }) => (task.family ?? "other") === family);
    yield* documents([promptHeatmap(family, related, `prompts-by-tasks--${family}--${label}`)], about(related));
  }
  for (const task of tasks) {
    const name = `${task.task.name}--${label}`;
    const figures = [promptDots(task, name), promptSlopes(task, name), axisVariance(task, name)];
    yield* documents(figures, `${task.task.name}: ${about([task])}`);
  }
}

function* documents(figures: Iterable<Figure | undefined>, about: string): Generator<FigureFile> {
  for (const figure of figures) {
    if (figure === undefined) continue;
    yield { name: fileNameOf(figure.name.replaceAll(/[ ,/\\]+/g, "-")), svg: standalone(figure, about) };
  }
}

/** Sets the height of a line of the text above a figure. */
const LINE = 17;

/** Writes a figure of a page as a document: its title, what it is about, and the figure below. */
function standalone({ title, svg }: Figure, about: string): string {
  const [, w = "640", h = "400"] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const [width, height] = [Number(w), Number(h)];
  const lines = [
    ...wrapped(title, width / 1.25).map((text) => ({ text, style: ' font-size="15" font-weight="bold"' })),
    ...wrapped(about, width - 12).map((text) => ({ text, style: ' font-size="12"' })),
  ];
  const top = 8 + LINE * lines.length + 8;
  const head = lines.map(({ text, style }, i) => `<text x="6" y="${8 + LINE * (i + 0.8)}"${style}>${escapeHtml(text)}</text>`); // prettier-ignore
  const inner = svg.replace("<svg ", () => `<svg y="${top}" `);
  const size = `width="${width}" height="${height + top}" viewBox="0 0 ${width} ${height + top}"`;
  const fonts = "Helvetica, Arial, 'DejaVu Sans', sans-serif";
  const whole = `<svg xmlns="http://www.w3.org/2000/svg" ${size} fill="currentColor" color="#1b1f24" font-family="${fonts}"><rect width="${width}" height="${height + top}" fill="#ffffff"/>${head.join("")}${inner.replaceAll("system-ui, sans-serif", fonts)}</svg>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${withLightColours(whole)}\n`;
}

/** Breaks a text into lines of at most so many pixels, between words where they fit. */
function wrapped(text: string, pixels: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length > 0 && estimatedWidth(longer) <= pixels) lines[lines.length - 1] = longer;
    else lines.push(fitted(word, pixels));
  }
  return lines;
}
