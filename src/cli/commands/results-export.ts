/** Runs `amuro-eval results export`. */

import { analyse } from "../../analysis/analyse.js";
import { readStudy } from "../../analysis/read/read-study.js";
import { exportEveryEvalEver } from "../../exports/every-eval-ever.js";
import { exportHuggingFace } from "../../exports/hugging-face.js";
import { seedOf } from "../../library/render-report.js";
import { exportLmEval } from "../../store/export-lm-eval.js";
import { exportLines, exportTables } from "../../store/export-tables.js";
import { openStore, openStudyData } from "../../store/open-study-data.js";
import { listRuns, pickRun } from "../../store/runs.js";
import { counted } from "../../base/wording.js";
import type { Console } from "../output/console.js";

interface ExportOptions {
  /** parquet, csv, jsonl, lm-eval, every-eval-ever or hf. */
  readonly format: string;
  readonly out: string;
  readonly run?: number;
}

export async function exportCommand(
  folder: string,
  options: ExportOptions,
  json: boolean,
  console: Console,
): Promise<void> {
  const files = await exported(folder, options);
  if (json) console.out(JSON.stringify({ files }, null, 2));
  else console.out(`${counted(files.length, "file")} in ${options.out}`);
}

async function exported(folder: string, { format, out, run }: ExportOptions): Promise<string[]> {
  if (format === "lm-eval" || format === "every-eval-ever" || format === "hf") {
    const data = await openStudyData(folder, run);
    try {
      if (format === "lm-eval") return await exportLmEval(data, out);
      const analysis = await analyse(readStudy(data), { seed: seedOf(data.results) });
      return await (format === "hf"
        ? exportHuggingFace(data.results, analysis, out)
        : exportEveryEvalEver(data, analysis, out));
    } finally {
      await data.close();
    }
  }
  const { database } = await openStore(folder);
  try {
    const stored = pickRun(await listRuns(database), run, folder);
    if (format === "jsonl") return await exportLines(database, stored, out);
    return await exportTables(database, stored, format as "parquet" | "csv", out);
  } finally {
    await database.close();
  }
}
