/** Runs `amuro-eval results export`. */

import { exportLmEval } from "../../store/export-lm-eval.js";
import { exportLines, exportTables } from "../../store/export-tables.js";
import { openStore, openStudyData } from "../../store/open-study-data.js";
import { listRuns, pickRun } from "../../store/runs.js";
import { counted } from "../../base/wording.js";
import type { Console } from "../output/console.js";

interface ExportOptions {
  /** parquet, csv, jsonl or lm-eval. */
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
  if (format === "lm-eval") {
    const data = await openStudyData(folder, run);
    try {
      return await exportLmEval(data, out);
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
