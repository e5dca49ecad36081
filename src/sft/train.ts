/** Fine-tunes a checkpoint: prepares data, trains step by step, stores what it would go on from, writes the result. */

import { join } from "node:path";
import { InterruptedError, UserError } from "../base/errors.js";
import { randomStream, shuffled } from "../base/random.js";
import { writeAdapter } from "./adapter-output.js";
import { trainingText } from "./data/example.js";
import { loadWeights } from "./load-weights.js";
import { planRuns } from "./memory.js";
import type { SftEvents, SftOptions, SftSettings, SftStep } from "./options.js";
import { copyAround, copyTokenizer } from "./output.js";
import { prepare, type Prepared } from "./prepare.js";
import { recordOf, summaryOf, type LogLine, type SftRecord } from "./record.js";
import type { TrainingText } from "./rows.js";
import { linearSchedule, stepsOf } from "./schedule.js";
import { Trainer } from "./trainer.js";

/** Sets the milliseconds after which state is stored at the latest. */
const STORE_EVERY = 300_000;

/**
 * Fine-tunes a checkpoint and writes it to a folder. Called again with the same options, it goes on where an earlier
 * call was stopped, and comes to the same weights.
 * @param signal aborted: the step that is going on is finished and stored
 * @returns the record of the finished training
 * @throws UserError when checkpoint, data or folder are not what they should be, memory does not suffice, or the loss
 *   is not a number any more
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

async function openTrainer({ options, checkpoint, data }: Prepared): Promise<Trainer> {
  const { settings, threads } = options;
  const { lora, weightDecay, clip, seed } = settings;
  const { parameters: all } = checkpoint;
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
  const { options, data, folder } = prepared;
  const { settings } = options;
  const texts = data.train.map((example) => trainingText(example, settings.loss));
  const heldOut = data.heldOut.map((example) => trainingText(example, "answer"));
  const { perEpoch, steps } = stepsOf(texts.length, settings);
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
  const record: SftRecord = { ...recordOf(prepared, steps), ...summaryOf(log, steps - perEpoch) };
  await folder.finish(record);
  return record;
}

/**
 * Takes one step on the batch whose turn it is: the order of each epoch is drawn by the seed, whatever was done before.
 */
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
    checkpoint,
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
