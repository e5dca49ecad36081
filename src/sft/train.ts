/** Fine-tunes a checkpoint: prepares data, trains step by step, stores what it would go on from, writes the result. */

import { join } from "node:path";
import { hashCheckpoint, type CheckpointHashes, type WeightsCheckpoint } from "../checkpoints/checkpoint.js";
import { fetchCheckpoint, resolveCheckpoint, type ResolvedCheckpoint } from "../checkpoints/resolve.js";
import { openTokenizer } from "../engine/tokenizer.js";
import { InterruptedError, UserError } from "../errors.js";
import { randomStream, shuffled } from "../random.js";
import { versions } from "../study/versions.js";
import { counted } from "../wording.js";
import { writeAdapter } from "./adapter-output.js";
import { trainingText } from "./data/example.js";
import { prepareData, type PreparedData } from "./data/prepare.js";
import { loadWeights } from "./load-weights.js";
import { planRuns } from "./memory.js";
import { trainable } from "./open-trainer.js";
import type { SftEvents, SftOptions, SftSettings, SftStep } from "./options.js";
import { copyAround, copyTokenizer } from "./output.js";
import type { TrainingText } from "./rows.js";
import { linearSchedule } from "./schedule.js";
import { TrainingFolder } from "./state.js";
import { Trainer } from "./trainer.js";

/** What a finished training tells of itself: amuro_sft.json. */
export interface SftRecord {
  readonly schema: "amuro-eval/sft@1";
  /** Everything that decides the result. */
  readonly command: object;
  readonly base: { readonly spec: string; readonly revision: string | null; readonly hashes: CheckpointHashes };
  readonly data: PreparedData["facts"];
  /** The prompts that were trained on, as --seen-prompts takes them and by the hash of their content. */
  readonly seen: { readonly prompts: readonly string[]; readonly variants: readonly { id: string; hash: string }[] };
  readonly steps: number;
  /** Mean over the last epoch's counted tokens, in nats. */
  readonly train_loss: number;
  /** Mean over the answers of the held-out rows after the last step; null where none are held out. */
  readonly held_out_loss: number | null;
  /** Of all steps, without loading and writing. */
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Everything that is ready before the first step. */
interface Prepared {
  readonly options: SftOptions;
  readonly resolved: ResolvedCheckpoint;
  readonly checkpoint: WeightsCheckpoint;
  readonly hashes: CheckpointHashes;
  readonly data: PreparedData;
  readonly folder: TrainingFolder;
}

/** State is stored at least this often, in milliseconds. */
const STORE_EVERY = 300_000;

/**
 * Fine-tunes a checkpoint and writes it to a folder. Called again with the same options, it goes on where an earlier call
 * was stopped, and comes to the same weights.
 * @param signal aborted: the step that is going on is finished and stored
 * @returns the record of the finished training
 * @throws UserError when checkpoint, data or folder are not what they should be, memory does not suffice, or the loss is
 *   not a number any more
 * @throws InterruptedError when the signal was aborted
 */
export async function trainSft(options: SftOptions, events: SftEvents = {}, signal?: AbortSignal): Promise<SftRecord> {
  const prepared = await prepare(options, events);
  if (prepared.folder.found === "finished") {
    events.onNote?.(`${options.out} is finished already`);
    return prepared.folder.record<SftRecord>();
  }
  const trainer = await openTrainer(prepared);
  try {
    if (prepared.folder.found === "stopped") await prepared.folder.restore(trainer);
    return await run(prepared, trainer, events, signal);
  } finally {
    await trainer.close();
  }
}

async function prepare(options: SftOptions, events: SftEvents): Promise<Prepared> {
  const { model, revision, offline, settings, data: source } = options;
  const resolved = await resolveCheckpoint(model, { revision, offline });
  await fetchCheckpoint(resolved, events.onNote);
  if (resolved.note !== undefined) events.onNote?.(`${model}: ${resolved.note}`);
  const checkpoint = await trainable(resolved.folder, resolved.tokenizerFolder);
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
  };
  if (data.cut > 0) {
    events.onNote?.(`${counted(data.cut, "example")} longer than the maximum: the beginning is cut off`);
  }
  return { options, resolved, checkpoint, hashes, data, folder: await TrainingFolder.open(options.out, command) };
}

/** As JSON has it: what is not given and what is without a bound is null. */
function plain(settings: SftSettings): object {
  return JSON.parse(
    JSON.stringify(settings, (_, value: unknown) => (value === undefined || value === Infinity ? null : value)),
  ) as object;
}

async function openTrainer({ options, checkpoint, data }: Prepared): Promise<Trainer> {
  const { settings, threads } = options;
  const { lora, weightDecay, clip, seed } = settings;
  const all = checkpoint.parameters ?? 0;
  const longest = Math.max(...[...data.train, ...data.heldOut].map(({ ids }) => ids.length));
  const sizes = lora === undefined ? { trained: all, frozen: 0 } : { trained: 0, frozen: all };
  const limits = planRuns(checkpoint.model, sizes, longest);
  return Trainer.open({
    model: checkpoint.model,
    weights: await loadWeights(checkpoint),
    optimizer: { weightDecay, clip },
    lora: lora && { ...lora, seed },
    threads,
    runSlots: limits.slots,
    runAsks: limits.asks,
  });
}

async function run(
  prepared: Prepared,
  trainer: Trainer,
  events: SftEvents,
  signal: AbortSignal | undefined,
): Promise<SftRecord> {
  const { options, data, folder, hashes, resolved } = prepared;
  const { settings } = options;
  const texts = data.train.map((example) => trainingText(example, settings.loss));
  const heldOut = data.heldOut.map((example) => trainingText(example, "answer"));
  const perEpoch = Math.ceil(texts.length / settings.batchSize);
  const steps = Math.ceil(settings.epochs * perEpoch);
  const rate = linearSchedule(settings.learningRate, steps, settings.warmup);
  const evalEvery = settings.evalEvery ?? perEpoch;
  events.onStart?.({
    steps,
    done: trainer.steps,
    rows: texts.length,
    heldOut: heldOut.length,
    tokens: texts.reduce((sum, { ids }) => sum + ids.length, 0),
    parameters: [...trainer.trained.values()].reduce((sum, { values }) => sum + values.length, 0),
  });
  const evaluate = async () => {
    if (heldOut.length === 0) return;
    const { loss } = await trainer.evaluate(heldOut);
    events.onEvaluation?.(trainer.steps, loss);
    await folder.log({ step: trainer.steps, held_out_loss: loss });
  };
  let stored = performance.now();
  const store = async () => {
    await folder.store(trainer);
    stored = performance.now();
  };
  if (trainer.steps === 0) await evaluate();
  while (trainer.steps < steps) {
    if (signal?.aborted === true) {
      await store();
      throw new InterruptedError(
        `interrupted after step ${trainer.steps} of ${steps}; the same command goes on from there`,
      );
    }
    const done = await takeStep(trainer, texts, settings, rate);
    await folder.log(done);
    events.onStep?.(done);
    const { step } = done;
    const keep = settings.saveEvery !== undefined && step % settings.saveEvery === 0;
    if (step === steps || (evalEvery > 0 && step % evalEvery === 0)) await evaluate();
    if (keep && step < steps) await writeCheckpoint(join(options.out, `checkpoint-${step}`), prepared, trainer);
    if (step < steps && (keep || performance.now() - stored > STORE_EVERY)) await store();
  }
  await writeCheckpoint(options.out, prepared, trainer);
  const log = await folder.readLog<LogLine>();
  const record: SftRecord = {
    schema: "amuro-eval/sft@1",
    command: folder.command,
    base: { spec: options.model, revision: resolved.revision ?? null, hashes },
    data: data.facts,
    seen: {
      prompts: options.data.kind === "task" ? options.data.prompts : [],
      variants: data.variants.map(({ id, hash }) => ({ id, hash })),
    },
    steps,
    ...summaryOf(log, steps - perEpoch),
    versions: versions(),
  };
  await folder.finish(record);
  return record;
}

/** One step on the batch whose turn it is: the order of each epoch is drawn by the seed, whatever was done before. */
async function takeStep(
  trainer: Trainer,
  texts: readonly TrainingText[],
  { batchSize, seed }: SftSettings,
  rate: (step: number) => number,
): Promise<SftStep> {
  const perEpoch = Math.ceil(texts.length / batchSize);
  const { steps: before } = trainer;
  const epoch = Math.floor(before / perEpoch);
  const from = (before % perEpoch) * batchSize;
  const batch = shuffled(texts, randomStream(seed, "sft", "epoch", epoch)).slice(from, from + batchSize);
  const started = performance.now();
  const { loss, tokens, gradientNorm } = await trainer.step(batch, rate(before));
  if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
    throw new UserError(
      `the loss is ${loss} and the gradient's norm ${gradientNorm} at step ${before + 1}: the training has failed; a lower --lr may help`,
    );
  }
  return {
    step: before + 1,
    epoch: (before + 1) / perEpoch,
    loss,
    learning_rate: rate(before),
    gradient_norm: gradientNorm,
    counted_tokens: tokens,
    tokens: batch.reduce((sum, { ids }) => sum + ids.length, 0),
    seconds: (performance.now() - started) / 1000,
  };
}

async function writeCheckpoint(
  path: string,
  { options, resolved, checkpoint, data }: Prepared,
  trainer: Trainer,
): Promise<void> {
  const { dtype, lora } = options.settings;
  const source = {
    folder: resolved.folder,
    tokenizerFolder: resolved.tokenizerFolder,
    chatTemplate: data.chatTemplate,
  };
  if (lora === undefined) {
    await copyAround(path, source, dtype);
    await trainer.save(join(path, "model.safetensors"), dtype);
    return;
  }
  const base = { spec: options.model, revision: resolved.revision };
  await writeAdapter(path, checkpoint.model, trainer.trained, lora, base, dtype);
  await copyTokenizer(path, source);
}

/** A step, or the loss of the held-out rows. */
type LogLine = Partial<SftStep> & { readonly held_out_loss?: number };

/** @param before steps before the last epoch */
function summaryOf(
  log: readonly LogLine[],
  before: number,
): Pick<SftRecord, "train_loss" | "held_out_loss" | "seconds"> {
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
