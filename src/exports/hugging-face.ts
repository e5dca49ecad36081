/**
 * Exports what a model's page on the Hugging Face Hub shows: `.eval_results/TASK.yaml` and a table for the model card.
 * Source of the fields: https://huggingface.co/docs/hub/eval-results.
 */

import { join } from "node:path";
import { stringify } from "yaml";
import type { Analysis, TaskAtCheckpoint } from "../analysis/document/document.js";
import { interval, score } from "../base/numbers.js";
import { counted } from "../base/wording.js";
import { fileNameOf } from "../store/file-names.js";
import { recordOf } from "../store/metric-values.js";
import { writeWhole } from "../store/results-folder.js";
import type { Results, TaskRecord } from "../store/results.js";

/** Matches the id of a dataset on the Hub, OWNER/NAME, alone or before what part of it was read. */
const HUB_DATASET = /(?:^|datasets\/)([\w.-]+\/[\w.-]+)(?=$|[\s:@,])/;

/** @returns the files that were written: a folder for each checkpoint */
export async function exportHuggingFace(
  results: Results,
  { levels }: Pick<Analysis, "levels">,
  folder: string,
): Promise<string[]> {
  const files: string[] = [];
  for (const { name } of results.checkpoints) {
    const own = levels.filter(({ checkpoint }) => checkpoint === name);
    if (own.length === 0) continue;
    const place = join(folder, fileNameOf(name));
    const card = join(place, "card.md");
    await writeWhole(card, cardOf(own, results));
    files.push(card);
    for (const level of own) {
      const task = results.tasks.find((one) => one.name === level.task) as TaskRecord;
      const [, dataset] = HUB_DATASET.exec(task.eval_source) ?? [];
      if (dataset === undefined) continue;
      const file = join(place, ".eval_results", `${fileNameOf(task.name)}.yaml`);
      await writeWhole(file, stringify([entryOf(level, task, dataset, results.times.finished)]));
      files.push(file);
    }
  }
  return files;
}

/** Gives shares in percent, as the Hub's leaderboards do. */
function entryOf(level: TaskAtCheckpoint, task: TaskRecord, dataset: string, finished: string) {
  const { low, high } = level.level.crossed_interval ?? {};
  const known = typeof low === "number" && typeof high === "number";
  const share = isShare(task);
  const scaled = (value: number) => score(share ? 100 * value : value, share ? 1 : 3);
  const within = known ? `, 95 % interval for new wordings and rows ${scaled(low)} to ${scaled(high)}` : "";
  const range = `, prompts from ${scaled(level.range.worst)} to ${scaled(level.range.best)}`;
  return {
    dataset: { id: dataset, task_id: task.name },
    value: Number(scaled(level.level.mean)),
    date: finished.slice(0, 10),
    notes: `${task.metric}, mean of ${counted(level.prompts.length, "prompt")}${within}${range} (amuro-eval)`,
  };
}

function isShare(task: TaskRecord): boolean {
  const [low, high] = recordOf(task.metric, task).range;
  return low === 0 && high === 1;
}

function cardOf(levels: readonly TaskAtCheckpoint[], { times }: Results): string {
  const rows = levels.map(({ task, metric, prompts, items, level, range, sensitivity }) => [
    task, metric, String(prompts.length), items === null ? "?" : String(items), score(level.mean),
    interval(level.crossed_interval), `${score(range.worst)} to ${score(range.best)}`,
    score(sensitivity.probability?.corrected_sd), interval(sensitivity.probability?.interval),
  ]); // prettier-ignore
  const head = ["Task", "Metric", "Prompts", "Rows", "Mean", "95 % interval", "Worst to best prompt", "SD between wordings", "95 % interval"]; // prettier-ignore
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    "## Evaluation under several prompts",
    "",
    line(head),
    line(head.map(() => "---")),
    ...rows.map(line),
    "",
    `The mean is over the prompts; its interval is for new wordings and new rows. The SD is that between wordings without the noise of rows. Measured by amuro-eval, ${times.finished.slice(0, 10)}.`,
    "",
  ].join("\n");
}
