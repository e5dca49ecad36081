/** Runs `amuro-eval results export`. */

import { analyse } from "../../analysis/analyse.js";
import { readStudy } from "../../analysis/read/read-study.js";
import { exportEveryEvalEver } from "../../exports/every-eval-ever.js";
import { exportHuggingFace } from "../../exports/hugging-face.js";
import { exportInspect } from "../../exports/inspect.js";
import { exportMlflow } from "../../exports/mlflow.js";
import { seedOf } from "../../library/render-report.js";
import { exportLmEval } from "../../store/export-lm-eval.js";
import { exportLines, exportTables } from "../../store/export-tables.js";
import { openStore, openStudyData } from "../../store/open-study-data.js";
import { listRuns, pickRun } from "../../store/runs.js";
import { counted } from "../../base/wording.js";
import type { Console } from "../output/console.js";

interface ExportOptions {
  /** One of those that results-program.ts lists. */
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
  if (!["parquet", "csv", "jsonl"].includes(format)) {
    const data = await openStudyData(folder, run);
    try {
      if (format === "lm-eval") return await exportLmEval(data, out);
      if (format === "inspect") return await exportInspect(data, out);
      const analysis = await analyse(readStudy(data), { seed: seedOf(data.results) });
      if (format === "mlflow") return await exportMlflow(data.results, analysis, out);
      if (format === "hf") return await exportHuggingFace(data.results, analysis, out);
      return await exportEveryEvalEver(data, analysis, out);
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
