/** Runs `amuro-eval analyze`: statistics of stored results or of a table of means; no model is needed. */

import { writeFileSync } from "node:fs";
import { messageOf, UserError } from "../../base/errors.js";
import type { ImportOptions } from "../../importers/importer.js";
import { analyze } from "../../library/analyze.js";
import { renderAnalysis } from "../../reports/terminal/analysis-terminal.js";
import type { Console } from "../output/console.js";

export interface AnalyzeFlags {
  readonly seed: number;
  readonly out: string | undefined;
  readonly json: boolean;
  /** BASE=SFT, each. */
  readonly pairs: readonly string[];
  /** What files of other programs leave open. */
  readonly import: ImportOptions;
}

/**
 * @param paths results of runs, tables, or files of other programs
 * @throws UserError where a file cannot be read as what it is
 */
export async function analyzeCommand(
  paths: readonly string[],
  { seed, out, json, pairs, import: importing }: AnalyzeFlags,
  console: Console,
): Promise<void> {
  const analysis = await analyze(paths, { seed, pair: pairs, import: importing, onProgress: console.info });
  const text = `${JSON.stringify(analysis, null, 2)}\n`;
  if (out !== undefined) write(out, text);
  console.out(json ? text : renderAnalysis(analysis, console.width));
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError(`${path}: cannot be written (${messageOf(error)}); choose another --out`);
  }
}
