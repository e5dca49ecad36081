/** Prepares everything that a training needs before its first step, whoever takes the steps. */

import { hashCheckpoint, type CheckpointHashes, type WeightsCheckpoint } from "../checkpoints/checkpoint.js";
import { fetchCheckpoint, resolveCheckpoint, type ResolvedCheckpoint } from "../checkpoints/find/resolve.js";
import { openTokenizer, type TextTokenizer } from "../engine/text/tokenizer.js";
import { counted } from "../base/wording.js";
import { prepareData, type PreparedData } from "./data/prepare.js";
import { trainable } from "./open-trainer.js";
import type { SftEvents, SftOptions, SftSettings } from "./options.js";
import { TrainingFolder } from "./state.js";

/** Holds everything that is ready before the first step. */
export interface Prepared {
  readonly options: SftOptions;
  readonly resolved: ResolvedCheckpoint;
  readonly checkpoint: WeightsCheckpoint;
  readonly hashes: CheckpointHashes;
  readonly tokenizer: TextTokenizer;
  readonly data: PreparedData;
  readonly folder: TrainingFolder;
}

/**
 * Finds and opens the checkpoint, draws and encodes the data, and makes the folder ready.
 * @param engine what trains, where that is not this program
 * @throws UserError when one of them is not what it should be
 */
export async function prepare(options: SftOptions, events: SftEvents, engine?: string): Promise<Prepared> {
  const { model, revision, offline, settings, data: source, ignoredConfigKeys } = options;
  const resolved = await resolveCheckpoint(model, { revision, offline });
  await fetchCheckpoint(resolved, events.onNote);
  if (resolved.note !== undefined) events.onNote?.(`${model}: ${resolved.note}`);
  const checkpoint = await trainable(resolved.folder, resolved.tokenizerFolder, ignoredConfigKeys);
  const tokenizer = openTokenizer(checkpoint, resolved.tokenizerFolder);
  const data = await prepareData(source, settings, checkpoint, tokenizer);
  const hashes = await hashCheckpoint(checkpoint);
  // In this order, because the first difference is what is told where another command finds the folder.
  const command = {
    model,
    revision: resolved.revision ?? null,
    settings: plain(settings),
    checkpoint: hashes,
    data: data.facts,
    ...(engine === undefined ? {} : { engine }),
  };
  if (data.cut > 0) {
    events.onNote?.(`${counted(data.cut, "example")} longer than the maximum: the beginning is cut off`);
  }
  return {
    options,
    resolved,
    checkpoint,
    hashes,
    tokenizer,
    data,
    folder: await TrainingFolder.open(options.out, command),
  };
}

/** Writes a value as JSON has it: what is not given and what is without a bound is null. */
function plain(settings: SftSettings): object {
  return JSON.parse(
    JSON.stringify(settings, (_, value: unknown) => (value === undefined || value === Infinity ? null : value)),
  ) as object;
}
