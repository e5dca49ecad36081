/** Runs a folder with an onnx/ export through transformers.js. */

import { AutoModelForCausalLM, env, GenerationConfig, Tensor, type PreTrainedModel } from "@huggingface/transformers";
import { resolve } from "node:path";
import type { OnnxCheckpoint } from "../../checkpoints/checkpoint.js";
import { UserError, messageOf } from "../../base/errors.js";
import type { Answer, Backend, Draw, OnStep, OnWork, ScoredSequences, Step } from "./backend.js";
import { planBatches } from "./batch.js";
import type { Sequence } from "./sequence.js";

/** Limits the tokens of a batch, padding included: the export gives logits for every position. */
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

  /** Scores padded batches with every sequence in full: an export takes neither trees nor prefixes. */
  async score(
    sequences: readonly Sequence[],
    onWork?: OnWork,
    known: ReadonlySet<number> = new Set(),
  ): Promise<ScoredSequences> {
    let targets = 0;
    const places = sequences.map((sequence) => sequence.targets.map(() => targets++));
    const scored = { logprobs: new Float64Array(targets).fill(NaN), best: new Float64Array(targets) };
    const work = this.counter(sequences.length, onWork);
    const lengths = sequences.map(({ ids }) => ids.length);
    for (const indices of planBatches(lengths, BATCH_TOKENS)) {
      const batch = indices.map((index) => sequences[index] as Sequence);
      const tokens = batch.reduce((sum, { ids }) => sum + ids.length, 0);
      if (indices.every((index) => known.has(index))) {
        work.skip(indices.length, tokens);
        continue;
      }
      const results = await work.timed(() => this.scoreBatch(batch));
      const answers = indices.flatMap((index, i) =>
        (places[index] as number[]).map((place, t): Answer => ({ place, ...(results[i]?.[t] as Target) })),
      );
      for (const { place, logprob, best } of answers) {
        scored.logprobs[place] = logprob;
        scored.best[place] = best;
      }
      work.add(indices.length, tokens, { answers });
    }
    return scored;
  }

  private async scoreBatch(batch: readonly Sequence[]): Promise<Target[][]> {
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

  /** Generates one row at a time: transformers.js pads on the left, which would move the scores of shorter rows. */
  async generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    onStep: OnStep,
    onWork?: OnWork,
    known: ReadonlyMap<number, number> = new Map(),
    draws?: readonly (Draw | undefined)[],
  ): Promise<number[][]> {
    if (draws !== undefined) {
      throw new UserError(
        "transformers.js takes no seed, so texts of an onnx/ export cannot be drawn at random; leave --samples and --temperature out, or give the checkpoint's safetensors",
      );
    }
    const results: number[][] = [];
    const work = this.counter(contexts.length, onWork);
    for (const [row, context] of contexts.entries()) {
      const knownTokens = known.get(row);
      if (knownTokens !== undefined) {
        work.skip(1, context.length + knownTokens - 1);
        results.push([]);
        continue;
      }
      const generate = () =>
        this.model.generate({
          inputs: new Tensor("int64", BigInt64Array.from(context, BigInt), [1, context.length]),
          attention_mask: new Tensor("int64", new BigInt64Array(context.length).fill(1n), [1, context.length]),
          // Complete, because what is left out comes from the folder's generation_config.json (e.g. a repetition
          // penalty).
          generation_config: new GenerationConfig({
            max_new_tokens: maxNewTokens,
            eos_token_id: [...this.eosIds],
          } as never),
        });
      const output = (await work.timed(generate)) as Tensor;
      const whole = [...(output.data as BigInt64Array)].map(Number);
      const all = whole.slice(context.length);
      let end = 1;
      while (end < all.length && !(await onStep([{ row, ids: all.slice(0, end) }]))[0]) end++;
      const ids = all.slice(0, end);
      results.push(ids);
      // Tokens after a stop were run as well, but are not what the row needs.
      work.add(1, whole.length - 1, { ended: [{ row, ids }] }, context.length + ids.length - 1);
    }
    return results;
  }

  /**
   * Counts items and tokens, and the time spent in the model; nothing is shared, so every token that is needed counts
   * as distinct.
   */
  private counter(items: number, onWork: OnWork | undefined) {
    let [done, tokens, distinctTokens, busy] = [0, 0, 0, 0];
    const count = (more: number, run: number, distinct: number, results: Results) => {
      done += more;
      tokens += run;
      distinctTokens += distinct;
      onWork?.({ share: done / items, tokens, distinctTokens, reusedTokens: 0, busy, ...results });
    };
    return {
      timed: async <T>(run: () => Promise<T>): Promise<T> => {
        this.proceed();
        const started = performance.now();
        const result = await run();
        busy += performance.now() - started;
        return result;
      },
      add: (more: number, run: number, results: Results, distinct = run) => {
        count(more, run, distinct, results);
      },
      skip: (more: number, distinct: number) => {
        count(more, 0, distinct, {});
      },
    };
  }

  async close(): Promise<void> {
    await this.model.dispose();
  }
}

/** Holds what one target got. */
type Target = Omit<Answer, "place">;

interface Results {
  readonly answers?: readonly Answer[];
  readonly ended?: readonly Step[];
}

function largest(values: Float32Array): number {
  let best = -Infinity;
  for (const value of values) best = Math.max(best, value);
  return best;
}
