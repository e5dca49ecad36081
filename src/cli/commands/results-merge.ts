/** Runs `amuro-eval results merge`. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { renderResults } from "../../reports/terminal/terminal.js";
import { UserError } from "../../base/errors.js";
import { joinShards, takeOver } from "../../store/merge.js";
import { openStore } from "../../store/open-study-data.js";
import { DATABASE_FILE, ResultsFolder } from "../../store/results-folder.js";
import { listRuns, pickRun, runResults } from "../../store/runs.js";
import { counted } from "../../base/wording.js";
import type { Console } from "../output/console.js";

/** @throws UserError when the folder to write to has results already, or shards do not belong together */
export async function mergeCommand(
  folders: readonly string[],
  out: string,
  json: boolean,
  console: Console,
): Promise<void> {
  if (existsSync(join(out, DATABASE_FILE))) {
    throw new UserError(`${out} has results already; give --out a new folder`);
  }
  const files: string[] = [];
  for (const path of folders) {
    // Opened by itself first: that brings it to this version and says clearly what is wrong with it.
    const { folder, database } = await openStore(path);
    await database.close();
    files.push(join(folder, DATABASE_FILE));
  }
  const merged = await ResultsFolder.open(out);
  try {
    for (const file of files) await takeOver(merged.database, file);
    await joinShards(merged.database, console.info);
    const runs = await listRuns(merged.database);
    const results = await runResults(merged.database, pickRun(runs, undefined, out));
    await merged.writeResults(results);
    console.out(json ? JSON.stringify(results, null, 2) : renderResults(results, console.width));
    console.info(`${counted(folders.length, "folder")}, ${counted(runs.length, "run")}; results in ${out}`);
  } finally {
    await merged.close();
  }
}
