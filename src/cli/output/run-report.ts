/** What a run shows when it has ended: the analysis of what is stored, and report.html beside it. */

import { join } from "node:path";
import { analyse } from "../../analysis/analyse.js";
import type { Analysis } from "../../analysis/document/document.js";
import { readStudy } from "../../analysis/read/read-study.js";
import { messageOf } from "../../base/errors.js";
import { DEFAULT_WIDTH, renderSummary } from "../../reports/terminal/terminal-summary.js";
import { renderResults } from "../../reports/terminal/terminal.js";
import { openStudyData } from "../../store/open-study-data.js";
import { sized } from "../../base/wording.js";
import type { Console } from "./console.js";
import { lastLine, type Evaluated } from "../commands/evaluate.js";
import { seedOf, writeReportFile } from "../commands/report.js";

interface EndOfRun {
  readonly analysis: Analysis;
  /** Where the page is and how large; undefined where none was wanted. */
  readonly page: { readonly path: string; readonly size: string } | undefined;
}

/** How the end of a run is shown. */
export interface EndFlags {
  readonly json: boolean;
  /** Whether report.html is written. */
  readonly report: boolean;
}

/** The tables of the results, what they say in sentences, and where the report is; with `json` the results alone. */
export async function printEnd(evaluated: Evaluated, { json, report }: EndFlags, console: Console): Promise<void> {
  const { results, evaluation } = evaluated;
  const end = await endOfRun(evaluation.path, report, console);
  console.out(json ? JSON.stringify(results, null, 2) : renderResults(results));
  if (!json && end !== undefined) {
    console.out(`\n${renderSummary(end.analysis, process.stdout.columns || DEFAULT_WIDTH, end.page?.path)}`);
  }
  console.info(lastLine(evaluated));
}

/**
 * @param path folder of the results
 * @param report whether report.html is written
 * @returns undefined where nothing is finished, or the analysis failed: the results are stored, and a note says how to try again
 */
async function endOfRun(path: string, report: boolean, console: Console): Promise<EndOfRun | undefined> {
  try {
    const study = await openStudyData(path);
    try {
      const analysis = await analyse(readStudy(study), { seed: seedOf(study) });
      if (analysis.levels.length === 0) return undefined;
      if (!report) return { analysis, page: undefined };
      // Drawing takes a library that no other end of a run needs.
      const { reportPage } = await import("../../reports/page/report-page.js");
      const text = await reportPage(study, analysis);
      const file = join(path, "report.html");
      await writeReportFile(file, text);
      return { analysis, page: { path: file, size: sized(Buffer.byteLength(text)) } };
    } finally {
      await study.close();
    }
  } catch (error) {
    console.info(`no report (${messageOf(error)}); the results are stored, try again with: amuro-eval report ${path}`);
    return undefined;
  }
}
