/** Reports of stored results: what `amuro-eval report` writes. */

import type { Analysis } from "../analysis/document/document.js";
import { didYouMean, UsageError } from "../base/errors.js";
import { FORMATS, reportFiles, reportFolder, type Format, type ReportFile } from "../reports/report-files.js";
import type { Results } from "../store/results.js";
import { analyze, ANALYSIS_SEED } from "./analyze.js";
import { watched, type Watch } from "./checked-options.js";
import { openResults, studyOf, type StoredResults } from "./open-results.js";

/** Names the formats that are one text. */
type TextFormat = "html" | "md" | "tex" | "json";

/** Holds options of {@link renderReport}. */
export interface ReportOptions<F extends Format = Format> extends Pick<Watch<string>, "onProgress"> {
  /** html when left out. */
  readonly format?: F | undefined;
}

/** Holds a text for a format that is one text, files for the others. */
export type Rendered<F extends Format> = F extends TextFormat ? string : readonly ReportFile[];

/**
 * Analyses results and renders them as a page, tables or figures; nothing is written.
 * @param source a folder of results, or results that are open
 * @param options `onProgress` is told the name of each task that is analysed
 * @returns the text of html, md, tex and json; the files of csv (texts), svg (texts) and png (bytes)
 * @throws UsageError when there is no such format
 * @throws UserError when the results cannot be read
 */
export async function renderReport<F extends Format = "html">(
  source: string | StoredResults,
  options: ReportOptions<F> = {},
): Promise<Rendered<F>> {
  const watch = watched<string, ReportOptions<F>>(options, "renderReport");
  try {
    const { format = "html", ...others } = watch.options;
    const [stray] = Object.keys(others);
    if (stray !== undefined)
      throw new UsageError(`renderReport: unknown key "${stray}"${didYouMean(stray, ["format", "onProgress"])}`);
    const wanted = parseFormat(format);
    const results = typeof source === "string" ? await openResults(source) : source;
    try {
      const analysis = await analyze(results, { seed: seedOf(results.results), onProgress: watch.onProgress });
      const files: ReportFile[] = [];
      for await (const file of reportOf(results, analysis, wanted)) files.push(file);
      const isText = !["csv", "svg", "png"].includes(wanted);
      return (isText ? files[0]?.content : files) as Rendered<F>;
    } finally {
      if (results !== source) await results.close();
    }
  } finally {
    watch.settle();
  }
}

/** Writes the files of one format, one by one; the page as a folder with every row in it where that is wanted. */
export function reportOf(
  results: StoredResults,
  analysis: Analysis,
  format: Format,
  isFolder = false,
): AsyncGenerator<ReportFile> {
  const study = studyOf(results);
  if (study === undefined) throw new UsageError("renderReport: give a folder of results or what openResults returned");
  return isFolder ? reportFolder(study, analysis) : reportFiles(study, analysis, format);
}

/** @throws UsageError with the nearest format */
export function parseFormat(name: string): Format {
  const format = FORMATS.find((one) => one === name);
  if (format === undefined) throw new UsageError(`--format ${name}: no such format${didYouMean(name, FORMATS)}`);
  return format;
}

/** Finds the seed of the run, so that a report draws at random what the run's own analysis drew. */
export function seedOf({ command: { seed } }: Results): number {
  return typeof seed === "number" ? seed : ANALYSIS_SEED;
}
