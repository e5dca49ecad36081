/** `amuro-eval analyze`: statistics of stored results or of a table of means; no model is needed. */

import { statSync, writeFileSync } from "node:fs";
import { analyse } from "../../analysis/analyse.js";
import { combined, paired, type NamedPair } from "../../analysis/read/combine.js";
import { isAnalysis } from "../../analysis/document/schema.js";
import type { AnalysisInput } from "../../analysis/read/input.js";
import { readStudy } from "../../analysis/read/read-study.js";
import { openTable } from "../../analysis/read/open-table.js";
import { messageOf, UsageError, UserError } from "../../base/errors.js";
import { renderAnalysis } from "../../reports/terminal/analysis-terminal.js";
import { openStudyData } from "../../store/open-study-data.js";
import type { StudyData } from "../../store/study-data.js";
import { validated } from "../../base/validation.js";
import type { Console } from "../output/console.js";

export interface AnalyzeFlags {
  readonly seed: number;
  readonly out: string | undefined;
  readonly json: boolean;
  /** BASE=SFT, each. */
  readonly pairs: readonly string[];
}

/**
 * @param paths results of runs, or tables of means or of row scores
 * @throws UserError where a file cannot be read as what it is
 */
export async function analyzeCommand(
  paths: readonly string[],
  { seed, out, json, pairs }: AnalyzeFlags,
  console: Console,
): Promise<void> {
  if (paths.length === 0) throw new UsageError("analyze: name the results of a run or a table (CSV or Parquet)");
  const named = pairs.map(parsePair);
  const studies: StudyData[] = [];
  try {
    const inputs: AnalysisInput[] = [];
    for (const path of paths) {
      if (isTable(path)) inputs.push(await openTable(path));
      else {
        const study = await openStudyData(path);
        studies.push(study);
        inputs.push(readStudy(study));
      }
    }
    const analysis = await analyse(paired(combined(inputs), named), { seed, progress: console.info });
    const document = JSON.parse(JSON.stringify(analysis)) as unknown;
    validated(isAnalysis, document, "the analysis", (message) => new Error(message));
    const text = `${JSON.stringify(document, null, 2)}\n`;
    if (out !== undefined) write(out, text);
    console.out(json ? text : renderAnalysis(analysis));
  } finally {
    for (const study of studies) await study.close();
  }
}

/** @throws UsageError when it is not BASE=SFT */
function parsePair(text: string): NamedPair {
  const [base = "", sft = "", ...more] = text.split("=").map((part) => part.trim());
  if (base === "" || sft === "" || base === sft || more.length > 0) {
    throw new UsageError(`--pair ${text}: expected BASE=SFT, two names of checkpoints in the results`);
  }
  return { base, sft };
}

/** Results are folders or databases; a table is known by its name. */
function isTable(path: string): boolean {
  if (!/\.(csv|parquet)$/i.test(path)) return false;
  try {
    return statSync(path).isFile();
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError(`${path}: cannot be written (${messageOf(error)}); choose another --out`);
  }
}
