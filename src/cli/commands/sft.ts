/** Runs `amuro-eval sft`: fine-tunes a checkpoint. */

import { handToTrl, trainSft, type SftEvents, type SftOptions, type SftRecord } from "../../sft/index.js";
import { timeLeft } from "../output/progress.js";
import type { Console } from "../output/console.js";
import { registryWith } from "../../library/registry.js";
import type { RawSftOptions } from "../../library/raw-sft-options.js";
import { sftOptions } from "../../library/sft-options.js";
import { showTraining } from "../output/sft-progress.js";
import { lossFigure } from "../../base/numbers.js";

/**
 * @param interruptible called when training begins; aborting its signal stores what is done and ends with exit code 130
 * @throws UserError when something is not as it should be, see trainSft
 */
export async function sftCommand(
  raw: RawSftOptions,
  json: boolean,
  console: Console,
  interruptible: () => AbortSignal,
): Promise<void> {
  const options = await sftOptions(raw, await registryWith(raw.plugin));
  const progress = showTraining(console);
  const record =
    raw.engine === "trl"
      ? await handOver(options, raw.python, progress, interruptible(), console)
      : await trainSft(options, progress, interruptible()).finally(progress.stop);
  if (record === undefined) return;
  if (json) {
    console.out(JSON.stringify(record, null, 2));
    return;
  }
  const held = record.held_out_loss === null ? "" : `, ${lossFigure(record.held_out_loss)} on held-out rows`;
  console.out(
    `${record.steps} steps in ${timeLeft(record.seconds)}: loss ${lossFigure(record.train_loss)} in the last epoch${held}`,
  );
  const spec = options.settings.lora === undefined ? options.out : `lora:${options.out}`;
  const task = options.data.kind === "task" ? options.data.task.name : undefined;
  console.out(
    `written to ${options.out}; before and after: amuro-eval --base ${options.model} --sft ` +
      `${task === undefined ? "" : `${task}=`}${spec}${task === undefined ? "" : ` -t ${task} --seen-prompts ${raw.trainPrompts.join(",")}`}`,
  );
}

/** @returns the record, where TRL was run */
async function handOver(
  options: SftOptions,
  python: string | undefined,
  events: SftEvents,
  signal: AbortSignal,
  console: Console,
): Promise<SftRecord | undefined> {
  const { command, record } = await handToTrl(options, python === undefined ? undefined : { python }, events, signal);
  if (record === undefined) {
    console.out(`data and settings are in ${options.out}/trl; with trl installed (pip install trl peft), train with:`);
    console.out(command);
  }
  return record;
}
