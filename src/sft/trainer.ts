/** Trains a model's weights on texts: full-parameter AdamW on ONNX Runtime. */

import { setImmediate } from "node:timers/promises";
import { layerLinears } from "../checkpoints/architectures/model-spec.js";
import { writeSafetensors, type WrittenDtype } from "../checkpoints/files/write-safetensors.js";
import { adamWStep, ADAMW_DEFAULTS, globalNorm, type AdamWOptions, type Parameter } from "./adamw.js";
import { buildTrainingGraph, type TrainingGraph } from "./graph/build.js";
import type { LowRankOptions } from "./graph/trained-low-rank.js";
import { firstMatrices } from "./first-matrices.js";
import { countedTokens, layOut, type Rows, type TrainingText } from "./rows.js";
import type { OptimizerState, StepResult, TrainerOptions, Values } from "./trainer-types.js";
import { trainingRuntime, type TrainingRuntime, type TrainingSession } from "./session.js";

const RUN_SLOTS = 1024;

type Feeds = Record<string, InstanceType<TrainingRuntime["Tensor"]>>;

export class Trainer {
  /** What is trained, by name: the weights, or the matrices of an adapter (see adapterNames). The arrays change. */
  readonly trained: ReadonlyMap<string, Values>;
  /** The model's weights as they are now, by stored name. */
  readonly weights: ReadonlyMap<string, Values>;
  private readonly parameters = new Map<string, Parameter>();
  private readonly inputs: Feeds = {};
  private readonly gradientFetches: Feeds = {};
  /** Gradients of the parts of a batch but the first. */
  private partFetches: Feeds | undefined;
  private evaluation: TrainingSession | undefined;
  private done = 0;

  private constructor(
    private readonly runtime: TrainingRuntime,
    private readonly session: TrainingSession,
    graph: TrainingGraph,
    private readonly options: TrainerOptions & { readonly optimizer: AdamWOptions },
    private readonly lowRank: LowRankOptions | undefined,
  ) {
    this.weights = new Map([...graph.weights.keys()].map((name) => [name, options.weights.get(name) as Values]));
    const adapter = firstMatrices(graph.adapters, options.lora?.seed ?? 0);
    const trainable = new Map([...this.weights].filter(([name]) => graph.gradients.has(name)));
    this.trained = lowRank === undefined ? trainable : adapter;
    for (const [name, { values, shape }] of [...this.weights, ...adapter]) {
      this.inputs[name] = new runtime.Tensor("float32", values, shape);
    }
    for (const [name, { values, shape }] of this.trained) {
      const zeros = () => new Float32Array(values.length);
      const parameter = { weight: values, gradient: zeros(), first: zeros(), second: zeros() };
      this.parameters.set(name, parameter);
      const output = graph.gradients.get(name) as string;
      this.gradientFetches[output] = new runtime.Tensor("float32", parameter.gradient, shape);
    }
  }

  /**
   * @throws UserError where onnxruntime-node is missing or a weight is
   * @throws TypeError naming an op of the model that has no gradient rule
   */
  static async open(options: TrainerOptions): Promise<Trainer> {
    const { model, weights, lora } = options;
    const lowRank = lora && { ...lora, adapted: new Set(layerLinears(model).map(({ weight }) => weight)) };
    const graph = buildTrainingGraph(model, (name) => weights.get(name)?.shape, lowRank && { lowRank });
    const runtime = await trainingRuntime();
    const session = await runtime.createSession(graph.bytes, options.threads ?? 0);
    const optimizer = { ...ADAMW_DEFAULTS, ...options.optimizer };
    return new Trainer(runtime, session, graph, { ...options, optimizer }, lowRank);
  }

  /** Counts the steps done. */
  get steps(): number {
    return this.done;
  }

  /**
   * Computes the gradient of the mean loss over the batch's counted tokens, and takes one step of AdamW.
   * The thread is blocked while ONNX Runtime runs; between its runs the event loop turns, so that signals are heard.
   */
  async step(batch: readonly TrainingText[], learningRate: number): Promise<StepResult> {
    const { optimizer } = this.options;
    const { loss, tokens } = await this.gradient(batch);
    const gradientNorm = globalNorm([...this.parameters.values()].map(({ gradient }) => gradient));
    // As torch.nn.utils.clip_grad_norm_ has it.
    const scale = Math.min(1, optimizer.clip / (gradientNorm + 1e-6));
    this.done++;
    for (const parameter of this.parameters.values()) {
      adamWStep(parameter, optimizer, learningRate, this.done, scale);
    }
    return { loss, tokens, gradientNorm };
  }

  /** Computes the mean loss over the counted tokens of the texts, in nats; the weights stay as they are. */
  async evaluate(texts: readonly TrainingText[]): Promise<{ readonly loss: number; readonly tokens: number }> {
    const { lowRank } = this;
    const { model, weights, threads = 0 } = this.options;
    const graph = () =>
      buildTrainingGraph(model, (name) => weights.get(name)?.shape, {
        withGradients: false,
        ...(lowRank && { lowRank }),
      });
    this.evaluation ??= await this.runtime.createSession(graph().bytes, threads);
    const tokens = total(texts);
    let loss = 0;
    for (const rows of this.layOut(texts)) {
      if (rows.asked.length > 0) loss += await this.run(this.evaluation, rows, 1 / tokens, {});
    }
    return { loss, tokens };
  }

  /** Computes the gradient of the mean loss over the batch's counted tokens, into each parameter's array. */
  async gradient(batch: readonly TrainingText[]): Promise<{ readonly loss: number; readonly tokens: number }> {
    const tokens = total(batch);
    if (tokens === 0) throw new RangeError("no token of the batch counts");
    let loss = 0;
    let first = true;
    for (const rows of this.layOut(batch)) {
      if (rows.asked.length === 0) continue;
      if (first) loss += await this.run(this.session, rows, 1 / tokens, this.gradientFetches);
      else {
        this.partFetches ??= this.likeGradients();
        loss += await this.run(this.session, rows, 1 / tokens, this.partFetches);
        for (const [name, part] of Object.entries(this.partFetches)) {
          addTo(this.gradientFetches[name]?.data as Float32Array, part.data as Float32Array);
        }
      }
      first = false;
    }
    return { loss, tokens };
  }

  /** Returns the gradient that was computed last, by stored name. */
  get gradients(): ReadonlyMap<string, Float32Array> {
    return new Map([...this.parameters].map(([name, { gradient }]) => [name, gradient]));
  }

  /** Returns the arrays themselves, which change with the next step. */
  state(): OptimizerState {
    return { steps: this.done, moments: this.parameters };
  }

  /** Goes on from a state; its arrays are copied. The weights are those the trainer was opened with. */
  restore({ steps, moments }: OptimizerState): void {
    for (const [name, { first, second }] of this.parameters) {
      const stored = moments.get(name);
      if (stored?.first.length !== first.length || stored.second.length !== second.length)
        throw new RangeError(`the state has no moments of ${name}, or of another size`);
      first.set(stored.first);
      second.set(stored.second);
    }
    this.done = steps;
  }

  /** Writes what is trained as a safetensors file under its names. */
  async save(file: string, dtype: WrittenDtype): Promise<void> {
    const tensors = [...this.trained].map(([name, value]) => ({ name, ...value }));
    await writeSafetensors(file, tensors, dtype);
  }

  async close(): Promise<void> {
    await this.session.release();
    await this.evaluation?.release();
  }

  private async run(session: TrainingSession, rows: Rows, weight: number, fetches: Feeds): Promise<number> {
    const { Tensor } = this.runtime;
    const slots = rows.rows * rows.length;
    const int64 = (values: BigInt64Array, dims: number[]) => new Tensor("int64", values, dims);
    const asked = rows.asked.length;
    const feeds: Feeds = {
      ...this.inputs,
      input_ids: int64(rows.inputIds, [slots]),
      positions: int64(rows.positions, [slots]),
      slots: int64(
        BigInt64Array.from({ length: slots }, (_, i) => BigInt(i)),
        [rows.rows, rows.length],
      ),
      seen_until: int64(rows.seenUntil, [rows.rows, rows.length]),
      rows: int64(rows.asked, [asked]),
      labels: int64(rows.labels, [asked]),
      loss_weights: new Tensor("float32", new Float32Array(asked).fill(weight), [asked]),
    };
    if (session.inputNames.includes("lengths")) feeds["lengths"] = new Tensor("float32", rows.lengths, [slots]);
    const output = await session.run(feeds, { loss: null, ...fetches });
    await setImmediate();
    return ((output["loss"] as Feeds[string]).data as Float32Array)[0] as number;
  }

  private layOut(texts: readonly TrainingText[]): Rows[] {
    return layOut(texts, this.options.runSlots ?? RUN_SLOTS, this.options.runAsks);
  }

  private likeGradients(): Feeds {
    return Object.fromEntries(
      Object.entries(this.gradientFetches).map(([name, { dims, size }]) => [
        name,
        new this.runtime.Tensor("float32", new Float32Array(size), dims),
      ]),
    );
  }
}

function total(texts: readonly TrainingText[]): number {
  return texts.reduce((sum, text) => sum + countedTokens(text), 0);
}

function addTo(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (part[i] as number);
}
