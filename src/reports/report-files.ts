/** Writes a study's reports as files: which formats there are and what each writes. */

import type { Analysis } from "../analysis/document/document.js";
import type { StudyData } from "../store/study-data.js";
import { csvTables } from "./formats/csv.js";
import { latexReport } from "./formats/latex.js";
import { markdownReport } from "./formats/markdown.js";
import type { FigureFile } from "./figures/all-figures.js";
import { taskAnchors } from "./page/anchors.js";
import type { EveryRow } from "./page/every-row.js";

export const FORMATS = ["html", "md", "tex", "json", "csv", "svg", "png"] as const;
export type Format = (typeof FORMATS)[number];

/** Lists the formats that are one file. */
export const SINGLE_FILE: ReadonlySet<Format> = new Set(["html", "md", "tex", "json"]);

/** Holds one file of a report. */
export interface ReportFile {
  /** Path inside the folder of the report, with forward slashes. */
  readonly path: string;
  /** Text, or the bytes of an image. */
  readonly content: string | Uint8Array;
}

/** Lists the figures. What draws them takes a quarter of a second to load, so it is loaded only where it is wanted. */
async function figuresOf(analysis: Analysis): Promise<Iterable<FigureFile>> {
  const { allFigures } = await import("./figures/all-figures.js");
  return allFigures(analysis);
}

/**
 * @param study read for its rows and texts in the HTML format only
 * @yields the files of a format one by one: figures of a large study are many
 */
export async function* reportFiles(study: StudyData, analysis: Analysis, format: Format): AsyncGenerator<ReportFile> {
  switch (format) {
    case "html": {
      const { reportPage } = await import("./page/report-page.js");
      yield { path: "report.html", content: await reportPage(study, analysis) };
      return;
    }
    case "md":
      yield { path: "report.md", content: markdownReport(analysis) };
      return;
    case "tex":
      yield { path: "report.tex", content: latexReport(analysis) };
      return;
    case "json":
      yield { path: "report.json", content: `${JSON.stringify(analysis, null, 2)}\n` };
      return;
    case "csv":
      for (const { name, text } of csvTables(analysis)) yield { path: `tables/${name}.csv`, content: text };
      return;
    case "svg":
      for (const { name, svg } of await figuresOf(analysis)) yield { path: `figures/${name}.svg`, content: svg };
      return;
    case "png": {
      // The renderer is a native library: loaded only where it is wanted.
      const { pngOf } = await import("./figures/png.js");
      for (const { name, svg } of await figuresOf(analysis)) yield { path: `figures/${name}.png`, content: pngOf(svg) };
    }
  }
}

/** @yields the files of every row of each task, then the page that reads them */
export async function* reportFolder(study: StudyData, analysis: Analysis): AsyncGenerator<ReportFile> {
  const [{ everyRow }, { reportPage }] = await Promise.all([import("./page/every-row.js"), import("./page/report-page.js")]); // prettier-ignore
  const anchors = taskAnchors(analysis.tasks.map(({ name }) => name));
  const about = new Map<string, EveryRow>();
  for (const task of study.results.tasks) {
    const anchor = anchors.get(task.name);
    const rows = anchor === undefined ? undefined : await everyRow(study, task, anchor.replace(/^task-/, ""));
    if (rows === undefined) continue;
    about.set(task.name, rows.about);
    yield* rows.files;
  }
  yield { path: "report.html", content: await reportPage(study, analysis, about) };
}
