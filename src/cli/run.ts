/** `amuro-eval run`: the main job. */

import { join } from "node:path";
import { InterruptedError, UserError } from "../errors.js";
import { hashValue } from "../hash.js";
import { renderResults } from "../reports/terminal.js";
import { ResultsFolder } from "../store/results-folder.js";
import { planStudy } from "../study/plan.js";
import { buildResults } from "../study/results.js";
import { runPlan, type CellResult } from "../study/run.js";
import { counted } from "../wording.js";
import type { Console } from "./console.js";
import { dryRun } from "./dry-run.js";
import type { RawOptions } from "./flags.js";
import { showProgress } from "./progress.js";
import { registryWith } from "./registry.js";
import { studyOptions } from "./study-options.js";

export interface RunFlags {
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Plans, runs, stores and prints a study.
 * @param interruptible called when scoring begins; aborting its signal stores what is finished and ends with exit code 130
 * @throws UserError when cells failed (what is finished is stored and printed before)
 */
export async function runCommand(
  raw: RawOptions,
  flags: RunFlags,
  console: Console,
  interruptible: () => AbortSignal,
): Promise<void> {
  const options = studyOptions(raw);
  const registry = await registryWith(raw.plugin);
  const plan = await planStudy(options, registry, console.info);
  for (const { task, reason } of plan.skipped) console.info(`skipped ${task}: ${reason}`);
  if (flags.dryRun) {
    await dryRun(plan, flags.json, console);
    return;
  }
  const { outputDir, ...command } = raw;
  const path = outputDir ?? join("amuro-results", hashValue(command).slice(0, 8));
  const folder = await ResultsFolder.open(path, command);
  const signal = interruptible();
  const started = Date.now();
  const files = new Map<CellResult, { rows_file: string; rows_sha256: string }>();
  const progress = showProgress(plan, console);
  let cells: CellResult[];
  try {
    cells = await runPlan(
      plan,
      {
        onCell: progress.onCell,
        onProgress: progress.onProgress,
        onResult: async (cell) => {
          const name = [cell.checkpoint.given.name, cell.task.rows.task.name, cell.variant.id];
          if (cell.rows !== undefined) files.set(cell, await folder.writeRows(name, cell.rows));
          progress.onFinished(cell);
        },
      },
      signal,
    );
  } finally {
    progress.stop();
  }
  const results = buildResults(plan, cells, files, command, { started, finished: Date.now() }, signal.aborted);
  await folder.writeResults(results);
  console.out(flags.json ? JSON.stringify(results, null, 2) : renderResults(results));
  const { seconds, tokens_per_second } = results.times;
  const rows = cells.reduce((sum, cell) => sum + (cell.rows?.length ?? 0), 0);
  console.info(
    `${counted(cells.length, "cell")}, ${counted(rows, "row score")} in ${seconds.toFixed(1)} s, ` +
      `${Math.round(tokens_per_second).toLocaleString("en")} tokens/s; results in ${path}`,
  );
  if (signal.aborted)
    throw new InterruptedError(`interrupted; what is finished (${counted(cells.length, "cell")}) is in ${path}`);
  const failed = cells.filter((cell) => cell.error !== undefined);
  if (failed.length > 0) {
    const first = failed[0] as CellResult;
    throw new UserError(
      `${failed.length} of ${counted(cells.length, "cell")} failed; the first: ${first.checkpoint.given.name} ${first.task.rows.task.name}/${first.variant.id}: ${String(first.error)}`,
    );
  }
}
