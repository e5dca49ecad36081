/** Records what a finished training tells of itself. */

import type { CheckpointHashes } from "../checkpoints/checkpoint.js";
import { versions } from "../engine/versions.js";
import type { PreparedData } from "./data/prepare.js";
import type { SftStep } from "./options.js";
import type { Prepared } from "./prepare.js";

/** Holds the content of amuro_sft.json. */
export interface SftRecord {
  /** Name and version of this format. */
  readonly schema: "amuro-eval/sft@1";
  /** Everything that decides the result. */
  readonly command: object;
  /** What was fine-tuned; no revision for a folder. */
  readonly base: { readonly spec: string; readonly revision: string | null; readonly hashes: CheckpointHashes };
  /** What it was trained on. */
  readonly data: PreparedData["facts"];
  /** The prompts that were trained on, as --seen-prompts takes them and by the hash of their content. */
  readonly seen: { readonly prompts: readonly string[]; readonly variants: readonly { id: string; hash: string }[] };
  /** Steps of the optimiser. */
  readonly steps: number;
  /** Mean over the last epoch's counted tokens, in nats. */
  readonly train_loss: number;
  /** Mean over the answers of the held-out rows after the last step; null where none are held out. */
  readonly held_out_loss: number | null;
  /** Time of all steps, without loading and writing. */
  readonly seconds: number;
  /** Versions of what computed it, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Returns the part of the record that is known before the first step. */
export function recordOf(
  { options, resolved, hashes, data, folder }: Prepared,
  steps: number,
): Omit<SftRecord, keyof Summary> {
  return {
    schema: "amuro-eval/sft@1",
    command: folder.command,
    base: { spec: options.model, revision: resolved.revision ?? null, hashes },
    data: data.facts,
    seen: {
      prompts: options.data.kind === "task" ? options.data.prompts : [],
      variants: data.variants.map(({ id, hash }) => ({ id, hash })),
    },
    steps,
    versions: versions(),
  };
}

type Summary = Pick<SftRecord, "train_loss" | "held_out_loss" | "seconds">;

/** Holds a step, or the loss of the held-out rows. */
export type LogLine = Partial<SftStep> & { readonly held_out_loss?: number };

/** @param before steps before the last epoch */
export function summaryOf(log: readonly LogLine[], before: number): Summary {
  const steps = log.filter((line): line is SftStep => line.loss !== undefined);
  const last = steps.filter(({ step }) => step > before);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const tokens = sum(last.map(({ counted_tokens }) => counted_tokens));
  return {
    train_loss: sum(last.map(({ loss, counted_tokens }) => loss * counted_tokens)) / tokens,
    held_out_loss: log.findLast((line) => line.held_out_loss !== undefined)?.held_out_loss ?? null,
    seconds: sum(steps.map(({ seconds }) => seconds)),
  };
}
