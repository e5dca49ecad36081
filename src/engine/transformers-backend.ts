/** Runs a folder with an onnx/ export through transformers.js. */

import { AutoModelForCausalLM, env, GenerationConfig, Tensor, type PreTrainedModel } from "@huggingface/transformers";
import { resolve } from "node:path";
import type { OnnxCheckpoint } from "../checkpoints/checkpoint.js";
import { UserError, messageOf } from "../errors.js";
import type { Backend, OnStep, OnWork, ScoredSequences } from "./backend.js";
import { planBatches } from "./batch.js";
import type { Sequence } from "./sequence.js";

/** Tokens of a batch, padding included: the export gives logits for every position. */
const BATCH_TOKENS = 1024;

export class TransformersBackend implements Backend {
  readonly window: number;
  readonly eosIds: readonly number[];

  private constructor(
    private readonly model: PreTrainedModel,
    checkpoint: OnnxCheckpoint,
    private readonly proceed: () => void,
  ) {
    this.window = checkpoint.window;
    this.eosIds = checkpoint.eosIds;
  }

  /**
   * @param threads intra-op threads; 0 lets ONNX Runtime choose
   * @param proceed called before each run of the model; throws where the work is no longer wanted
   */
  static async open(checkpoint: OnnxCheckpoint, threads: number, proceed: () => void): Promise<TransformersBackend> {
    env.allowRemoteModels = false;
    try {
      // A whole path, because a bare name is first looked up in the cache of hub downloads.
      const model = await AutoModelForCausalLM.from_pretrained(resolve(checkpoint.folder), {
        local_files_only: true,
        dtype: "fp32",
        device: "cpu",
        session_options: { intraOpNumThreads: threads },
      });
      return new TransformersBackend(model, checkpoint, proceed);
    } catch (error) {
      throw new UserError(`${checkpoint.folder}: transformers.js cannot load the onnx/ export (${messageOf(error)})`);
    }
  }

  /** Padded batches, every sequence in full: an export takes neither trees nor prefixes. */
  async score(sequences: readonly Sequence[], onWork?: OnWork): Promise<ScoredSequences> {
    const results: Answer[][] = [];
    const work = this.counter(sequences.length, onWork);
    const lengths = sequences.map(({ ids }) => ids.length);
    for (const indices of planBatches(lengths, BATCH_TOKENS)) {
      const batch = indices.map((index) => sequences[index] as Sequence);
      const answers = await work.timed(() => this.scoreBatch(batch));
      indices.forEach((index, i) => (results[index] = answers[i] as Answer[]));
      work.add(
        indices.length,
        batch.reduce((sum, { ids }) => sum + ids.length, 0),
      );
    }
    const flat = results.flat();
    return {
      logprobs: Float64Array.from(flat, ({ logprob }) => logprob),
      best: Float64Array.from(flat, ({ best }) => best),
    };
  }

  private async scoreBatch(batch: readonly Sequence[]): Promise<Answer[][]> {
    const length = Math.max(...batch.map(({ ids }) => ids.length));
    const ids = new BigInt64Array(batch.length * length);
    const mask = new BigInt64Array(batch.length * length);
    batch.forEach((sequence, b) => {
      sequence.ids.forEach((id, t) => {
        ids[b * length + t] = BigInt(id);
        mask[b * length + t] = 1n;
      });
    });
    const dims = [batch.length, length];
    const output = (await this.model({
      input_ids: new Tensor("int64", ids, dims),
      attention_mask: new Tensor("int64", mask, dims),
    })) as { logits: Tensor };
    const vocab = output.logits.dims.at(-1) as number;
    const logits = output.logits.data as Float32Array;
    return batch.map((sequence, b) =>
      sequence.targets.map(({ position, token }) => {
        const start = (b * length + position) * vocab;
        const row = logits.subarray(start, start + vocab);
        const peak = largest(row);
        let sum = 0;
        for (const logit of row) sum += Math.exp(logit - peak);
        return { logprob: (row[token] as number) - peak - Math.log(sum), best: -Math.log(sum) };
      }),
    );
  }

  /** One row at a time: transformers.js pads on the left, which would move the scores of shorter rows. */
  async generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    onStep: OnStep,
    onWork?: OnWork,
  ): Promise<number[][]> {
    const results: number[][] = [];
    const work = this.counter(contexts.length, onWork);
    for (const [row, context] of contexts.entries()) {
      const generate = () =>
        this.model.generate({
          inputs: new Tensor("int64", BigInt64Array.from(context, BigInt), [1, context.length]),
          attention_mask: new Tensor("int64", new BigInt64Array(context.length).fill(1n), [1, context.length]),
          // Complete, because what is left out comes from the folder's generation_config.json (e.g. a repetition penalty).
          generation_config: new GenerationConfig({
            max_new_tokens: maxNewTokens,
            eos_token_id: [...this.eosIds],
          } as never),
        });
      const output = (await work.timed(generate)) as Tensor;
      const whole = [...(output.data as BigInt64Array)].map(Number);
      work.add(1, whole.length - 1);
      const all = whole.slice(context.length);
      let end = 1;
      while (end < all.length && !(await onStep([{ row, ids: all.slice(0, end) }]))[0]) end++;
      results.push(all.slice(0, end));
    }
    return results;
  }

  /** Counts items and tokens, and the time spent in the model; nothing is shared, so every token counts as distinct. */
  private counter(items: number, onWork: OnWork | undefined) {
    let [done, tokens, busy] = [0, 0, 0];
    return {
      timed: async <T>(run: () => Promise<T>): Promise<T> => {
        this.proceed();
        const started = performance.now();
        const result = await run();
        busy += performance.now() - started;
        return result;
      },
      add: (count: number, run: number) => {
        done += count;
        tokens += run;
        onWork?.({ share: done / items, tokens, distinctTokens: tokens, reusedTokens: 0, busy });
      },
    };
  }

  async close(): Promise<void> {
    await this.model.dispose();
  }
}

/** What one target got. */
interface Answer {
  readonly logprob: number;
  readonly best: number;
}

function largest(values: Float32Array): number {
  let best = -Infinity;
  for (const value of values) best = Math.max(best, value);
  return best;
}
