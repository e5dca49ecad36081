/** Counts what a run would do under `--dry-run`, and estimates from a timed probe how long it would take. */

import { estimateDownload } from "../../study/download-estimate.js";
import { engineGroups } from "../../study/groups.js";
import { cellCount, type Plan } from "../../study/plan.js";
import { estimateWork, PROBES, type CheckpointWork } from "../../study/work-estimate.js";
import { estimated, roughly } from "../../base/numbers.js";
import { counted, sized, wrappedLine } from "../../base/wording.js";
import { lineWidth } from "../../reports/terminal/terminal-table.js";
import type { Console } from "../output/console.js";

/** Sets how many prompts are named; of more only the number is printed, and --json names all. */
const MOST_NAMED = 4;

/** Stands in place of a time, where servers are started for checkpoints. */
const UNTIMED = "a time that the servers decide";

/**
 * @param keep value of --keep-checkpoints, where it is given
 * @param exact whether the tokens of all rows are counted
 */
export async function dryRun(
  plan: Plan,
  { keep, exact, json }: { readonly keep: number | undefined; readonly exact: boolean; readonly json: boolean },
  console: Console,
): Promise<void> {
  const rows = plan.tasks.reduce((sum, task) => sum + task.rows.items.length, 0);
  const download = await estimateDownload(engineGroups(plan), keep);
  const work = await estimateWork(plan, exact, console.info);
  const total = {
    checkpoints: plan.checkpoints.map(({ given }) => given.name),
    tasks: plan.tasks.map(({ rows: { task, items, shots }, variants }) => ({
      task: task.name,
      rows: items.length,
      shots: shots.length,
      prompts: variants.map(({ id }) => id),
    })),
    skipped: plan.skipped,
    cells: cellCount(plan),
    rows_per_checkpoint_and_prompt: rows,
    work,
    download,
    estimated_seconds: work.reduce((sum, { seconds }) => sum + seconds, 0),
  };
  if (json) {
    console.out(JSON.stringify(total, null, 2));
    return;
  }
  const lines = [
    `${counted(total.checkpoints.length, "checkpoint")} x ${counted(total.tasks.length, "task")} x their prompts = ${counted(total.cells, "cell")}`,
    ...total.tasks.map(
      ({ task, rows: n, shots, prompts }) =>
        `  ${task}: ${counted(n, "row")}, ${counted(shots, "shot")}, ${prompts.length > MOST_NAMED ? counted(prompts.length, "prompt") : `prompts ${prompts.join(", ")}`}`,
    ),
    ...work.flatMap((one) => {
      if (one.like !== undefined) return [];
      const alike = work.filter(({ like }) => like === one.checkpoint).length;
      return [
        `${one.checkpoint}: ${tokensInWords(one)} to read, at most ${one.new_tokens.toLocaleString("en")} to write, ${one.seconds === 0 ? UNTIMED : roughly(one.seconds)}`,
        ...(alike === 0
          ? []
          : [`  and ${counted(alike, "checkpoint")} of the same repository or configuration, taken to be like it`]),
      ];
    }),
    ...(download.checkpoints === 0
      ? []
      : [
          `to download: ${counted(download.checkpoints, "checkpoint")}, ${sized(download.bytes)}; of them on disk at most ${sized(download.bytes_on_disk)}`,
        ]),
    total.estimated_seconds === 0
      ? `estimated time: ${UNTIMED}`
      : `estimated time: ${roughly(total.estimated_seconds)}, from a timed probe of at most ${PROBES.score} + ${PROBES.generate} requests; expect a factor of two either way`,
  ];
  console.out(lines.flatMap((line) => wrappedLine(line, lineWidth(console.width))).join("\n"));
}

/** Writes a number of tokens, with its error where it comes from a sample of the rows. */
export function tokensInWords({
  tokens,
  tokens_error: error,
}: Pick<CheckpointWork, "tokens" | "tokens_error">): string {
  if (error === 0) return counted(tokens, "token");
  const give = estimated(error, 2).toLocaleString("en");
  return `about ${counted(estimated(tokens, 4), "token")} (± ${give}; --exact counts every row)`;
}
