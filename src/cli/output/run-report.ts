/** Shows the end of a run: the analysis of what is stored, and report.html beside it. */

import { join } from "node:path";
import type { Analysis } from "../../analysis/document/document.js";
import { messageOf } from "../../base/errors.js";
import { DEFAULT_WIDTH, renderSummary } from "../../reports/terminal/terminal-summary.js";
import { renderResults } from "../../reports/terminal/terminal.js";
import { counted, shellWord, sized } from "../../base/wording.js";
import type { Results } from "../../store/results.js";
import type { Console } from "./console.js";
import { failedCells, shortfallOf, type Evaluated } from "../../library/evaluate-plan.js";
import { analyze } from "../../library/analyze.js";
import { openResults } from "../../library/open-results.js";
import { reportOf, seedOf } from "../../library/render-report.js";
import { writeReportFile } from "../commands/report.js";
import { inSeconds, score } from "../../base/numbers.js";

interface EndOfRun {
  readonly analysis: Analysis;
  /** Where the page is and how large; undefined where none was wanted. */
  readonly page: { readonly path: string; readonly size: string } | undefined;
}

/** Says how the end of a run is shown. */
export interface EndFlags {
  readonly json: boolean;
  /** Whether report.html is written. */
  readonly report: boolean;
}

/**
 * Prints the tables of the results, what they say in sentences, and where the report is; with `json` the results alone.
 */
export async function printEnd(evaluated: Evaluated, { json, report }: EndFlags, console: Console): Promise<void> {
  const { results, evaluation } = evaluated;
  const end = await endOfRun(evaluation.path, report, console);
  console.out(json ? JSON.stringify(results, null, 2) : renderResults(results, console.width, end !== undefined));
  if (!json && end !== undefined) {
    console.out(
      `\n${renderSummary(end.analysis, Number.isFinite(console.width) ? console.width : DEFAULT_WIDTH, end.page?.path)}`,
    );
  }
  for (const line of trafficLines(results)) console.info(line);
  console.info(lastLine(evaluated));
}

/**
 * @param path folder of the results
 * @param report whether report.html is written
 * @returns undefined where nothing is finished, or the analysis failed: the results are stored, and a note says how to
 * try again
 */
async function endOfRun(path: string, report: boolean, console: Console): Promise<EndOfRun | undefined> {
  try {
    const stored = await openResults(path);
    try {
      const analysis = await analyze(stored, { seed: seedOf(stored.results) });
      if (analysis.levels.length === 0) return undefined;
      if (!report) return { analysis, page: undefined };
      const file = join(path, "report.html");
      let size = "";
      for await (const { content } of reportOf(stored, analysis, "html")) {
        await writeReportFile(file, content);
        size = sized(Buffer.byteLength(content));
      }
      return { analysis, page: { path: file, size } };
    } finally {
      await stored.close();
    }
  } catch (error) {
    console.info(
      `no report (${messageOf(error)}); the results are stored, try again with: amuro-eval report ${shellWord(path)}`,
    );
    return undefined;
  }
}

/** Writes what was asked of each model behind servers. */
function trafficLines({ times: { servers = [] } }: Results): string[] {
  return servers.map(({ checkpoints, requests, repeated, tokens_sent: sent, tokens_computed: computed, seconds }) => {
    const whole = (value: number) => value.toLocaleString("en");
    const again = repeated === 0 ? "" : `, ${whole(repeated)} sent again`;
    return (
      `${checkpoints.join(", ")}: ${counted(requests, "request")}${again} in ${inSeconds(seconds)} ` +
      `(${score(requests / Math.max(seconds, 1e-3), 1)} a second), ${counted(sent, "token")} sent, ${whole(computed)} computed`
    );
  });
}

/** Writes what was done, how fast, and where it is. */
function lastLine({ results, outcome: { cells }, evaluation: { path } }: Evaluated): string {
  const { seconds, tokens_per_second, tokens, tokens_reused } = results.times;
  const distinct = results.cells.reduce((sum, cell) => sum + (cell.tokens ?? 0), 0) - tokens_reused;
  const ratio = tokens / Math.max(1, distinct);
  const rows = cells.reduce((sum, { outcome }) => sum + (outcome.scores?.length ?? 0), 0);
  const reused = cells.filter((cell) => cell.reused).length;
  return (
    `${counted(cells.length, "cell")}${reused > 0 ? ` (${reused.toLocaleString("en")} reused)` : ""}, ${counted(rows, "row score")} in ${inSeconds(seconds)}, ` +
    `${Math.round(tokens_per_second).toLocaleString("en")} tokens/s${
      // Rows that were there before took no tokens now.
      reused > 0 || ratio < 1 ? "" : `, ${score(100 * (ratio - 1), 1)} % more tokens than the least possible`
    }; results in ${path}`
  );
}

/**
 * Prints failed cells one by one; then ends the command with what is not success.
 * @throws InterruptedError when the run was interrupted; UserError when cells failed
 */
export function throwUnlessDone(evaluated: Evaluated, console: Console): void {
  for (const cell of failedCells(evaluated)) console.info(`failed: ${cell}`);
  const shortfall = shortfallOf(evaluated);
  if (shortfall === undefined) return;
  if (evaluated.results.status !== "interrupted") console.info("the same command tries the failed cells again");
  throw shortfall;
}
