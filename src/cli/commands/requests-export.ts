/** Runs `amuro-eval requests export`: what a run would ask, as files that are answered where the weights are. */

import { join } from "node:path";
import { UsageError } from "../../base/errors.js";
import { counted, shellWord } from "../../base/wording.js";
import { planEvaluation } from "../../library/evaluate.js";
import type { RawOptions } from "../../library/run-options.js";
import { exportRequests } from "../../study/export-requests.js";
import type { Console } from "../output/console.js";

export interface ExportFlags {
  readonly out: string;
  readonly partRows: number;
  readonly json: boolean;
}

export async function requestsExportCommand(raw: RawOptions, flags: ExportFlags, console: Console): Promise<void> {
  const { out, partRows, json } = flags;
  if (raw.shard !== undefined) throw new UsageError("--shard: requests are cut into parts, by --part-rows");
  if (raw.budget !== undefined)
    throw new UsageError("--budget chooses requests by the answers to others; leave it out");
  const { plan, evaluation } = await planEvaluation(raw, console.info);
  const { command } = evaluation;
  const manifest = await exportRequests(plan, { command, folder: out, partRows, tell: console.info });
  if (json) {
    console.out(JSON.stringify(manifest, null, 2));
    return;
  }
  const parts = manifest.checkpoints.reduce(
    (sum, { requests }) => sum + (manifest.requests.find(({ name }) => name === requests)?.parts.length ?? 0),
    0,
  );
  console.out(
    `${counted(manifest.checkpoints.length, "checkpoint")}, ${counted(parts, "part")} to answer: python ${shellWord(join(out, "run.py"))} ` +
      `(--help tells how to share them out); then: amuro-eval requests import ${shellWord(out)}`,
  );
}
