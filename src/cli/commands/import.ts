/** Runs `amuro-eval import`: results of other programs become a folder of results. */

import { importResults } from "../../importers/import.js";
import type { ImportOptions } from "../../importers/importer.js";
import { IMPORTERS } from "../../importers/registry.js";
import { counted } from "../../base/wording.js";
import type { Console } from "../output/console.js";

/** Holds what the command line says of an import. */
export interface ImportCommandFlags {
  readonly out: string;
  readonly options: ImportOptions;
  readonly json: boolean;
}

export async function importCommand(
  kind: string,
  paths: readonly string[],
  { out, options, json }: ImportCommandFlags,
  console: Console,
): Promise<void> {
  const results = await importResults(kind, paths, out, options, IMPORTERS, console.info);
  const { checkpoints, tasks, cells, notes, imported } = results;
  const failed = cells.filter(({ error }) => error !== undefined).length;
  const rows = tasks.reduce((sum, task) => sum + task.rows * cells.filter((cell) => cell.task === task.name && cell.error === undefined).length, 0); // prettier-ignore
  const summary = {
    out,
    checkpoints: checkpoints.length,
    tasks: tasks.length,
    prompts: tasks.reduce((sum, { prompts }) => sum + prompts.length, 0),
    cells: cells.length - failed,
    missing_cells: failed,
    row_scores: rows,
    notes,
    missing: imported?.missing ?? [],
  };
  if (json) {
    console.out(JSON.stringify(summary, null, 2));
    return;
  }
  console.out(
    `${out}: ${counted(summary.checkpoints, "checkpoint")}, ${counted(summary.tasks, "task")}, ${counted(summary.prompts, "prompt")}, ${counted(summary.cells, "cell")}, ${counted(rows, "row score")}`,
  );
  if (failed > 0) console.out(`not there: ${counted(failed, "cell")} of ${cells.length}`);
  for (const note of notes) console.out(`note: ${note}`);
  for (const what of summary.missing) console.out(`the files do not hold: ${what}`);
  console.out(`next: amuro-eval analyze ${out}`);
}
