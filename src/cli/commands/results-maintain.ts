/** Runs `amuro-eval results rescore` and `gc`. */

import { join } from "node:path";
import { shownStderrOverPrompts } from "../../analysis/parts/few-rows.js";
import { isShareName } from "../../metrics/registry.js";
import { acrossPrompts } from "../../statistics/uncertainty.js";
import { UserError } from "../../base/errors.js";
import { collectGarbage } from "../../store/gc.js";
import { openStore, openStudyData } from "../../store/open-study-data.js";
import { rescore, type Rescored } from "../../store/rescore.js";
import { DATABASE_FILE, ResultsFolder, writeResults } from "../../store/results-folder.js";
import { listRuns, pickRun } from "../../store/runs.js";
import { counted, sized } from "../../base/wording.js";
import { registryWith } from "../../library/registry.js";
import type { Console } from "../output/console.js";
import { score, withError } from "../../base/numbers.js";

/** @throws UserError when no row has what the metric is computed from */
export async function rescoreCommand(
  path: string,
  {
    metric: name,
    run,
    plugin = [],
  }: { readonly metric: string; readonly run?: number; readonly plugin?: readonly string[] },
  json: boolean,
  console: Console,
): Promise<void> {
  const { metrics } = await registryWith(plugin);
  const metric = metrics.named(name, `--metric ${name}: no such metric`);
  const { folder, database } = await openStore(path);
  await database.close();
  const results = await ResultsFolder.open(folder);
  let counts: Rescored;
  try {
    counts = await rescore(results.database, pickRun(await listRuns(results.database), run, path), metric);
  } finally {
    await results.close();
  }
  if (counts.scored === 0) {
    throw new UserError(`${path}: no row has what ${name} is computed from: ${metric.needs}`);
  }
  const last = await openStudyData(folder);
  await writeResults(folder, last.results).finally(() => last.close());
  const data = await openStudyData(folder, run);
  try {
    const lines: object[] = [];
    for (const { name: checkpoint } of data.results.checkpoints) {
      for (const { name: task, rows } of data.results.tasks) {
        const scores = await data.scores(checkpoint, task, name);
        if (scores === undefined) continue;
        const prompts = scores.prompts.map((_, p) => scores.scores.subarray(p * rows, (p + 1) * rows));
        const across = acrossPrompts(prompts);
        lines.push({ checkpoint, task, metric: name, ...across });
        if (!json) console.out(summaryLine(checkpoint, task, name, across));
      }
    }
    if (json) console.out(JSON.stringify(lines, null, 2));
  } finally {
    await data.close();
  }
  const rest = counts.without === 0 ? "" : `; ${counted(counts.without, "row")} have nothing to compute it from`;
  console.info(`${name} of ${counted(counts.scored, "row score")} stored in ${folder}${rest}`);
}

function summaryLine(
  checkpoint: string,
  task: string,
  metric: string,
  across: ReturnType<typeof acrossPrompts>,
): string {
  const { mean, sd, min, max, prompts } = across;
  const spread = sd === null ? "" : `, SD over prompts ${score(sd)}`;
  return `${checkpoint} ${task}: ${metric} ${withError(mean.mean, shownStderrOverPrompts(mean, isShareName(metric)))} over ${counted(prompts, "prompt")}${spread}, ${score(min)} – ${score(max)}`;
}

export async function gcCommand(path: string, drop: readonly number[], json: boolean, console: Console): Promise<void> {
  const { folder, database } = await openStore(path);
  await database.close();
  const found = await collectGarbage(join(folder, DATABASE_FILE), drop);
  if (json) console.out(JSON.stringify(found, null, 2));
  else {
    console.out(
      `${counted(found.dropped, "row score")} given up, ${found.kept.toLocaleString("en")} kept; ${sized(found.bytesBefore)} before, ${sized(found.bytesAfter)} now`,
    );
  }
}
