/** Runs the project's own graphs on ONNX Runtime. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { WeightsCheckpoint } from "../checkpoints/checkpoint.js";
import { buildGraph, type GraphKind } from "../checkpoints/graph/build.js";
import { lowRankInputs } from "../checkpoints/graph/low-rank.js";
import { PADDING_POSITION } from "../checkpoints/graph/positions.js";
import type { LoraAdapter, LowRankUpdate } from "../checkpoints/lora.js";
import type { ModelSpec } from "../checkpoints/model-spec.js";
import type { Backend, ScoredBatch } from "./backend.js";
import type { Sequence } from "./batch.js";
import type { Runtime } from "./devices.js";

type Feeds = Readonly<Record<string, Tensor>>;

export class OrtBackend implements Backend {
  readonly window: number;
  readonly eosIds: readonly number[];
  private readonly sessions = new Map<GraphKind, Promise<InferenceSession>>();
  /** Of each stored weight that an adapter adds to: matrices of rank zero, which are what the base runs with. */
  private readonly nothingAdded: Feeds;

  /**
   * @param threads intra-op threads; 0 lets ONNX Runtime choose
   * @param adapters the graphs have inputs for every weight that one of these adds to
   */
  constructor(
    private readonly runtime: Runtime,
    private readonly checkpoint: WeightsCheckpoint,
    private readonly threads: number,
    private readonly adapters: readonly LoraAdapter[] = [],
  ) {
    this.window = checkpoint.window;
    this.eosIds = checkpoint.eosIds;
    const empty = new Float32Array(0);
    this.nothingAdded = this.lowRankFeeds(
      adapters.flatMap(({ updates }) =>
        [...updates].map(([weight, update]) => [weight, { ...update, rank: 0, a: empty, b: empty }] as const),
      ),
    );
  }

  /**
   * The same sessions with an adapter's matrices as inputs; closing it leaves them open.
   * @param adapter one of those given to the constructor
   */
  adapted(adapter: LoraAdapter): Backend {
    const feeds = { ...this.nothingAdded, ...this.lowRankFeeds(adapter.updates) };
    return {
      window: this.window,
      eosIds: this.eosIds,
      score: (batch) => this.score(batch, feeds),
      generate: (contexts, maxNewTokens, isDone) => this.generate(contexts, maxNewTokens, isDone, feeds),
      close: () => Promise.resolve(),
    };
  }

  private lowRankFeeds(updates: Iterable<readonly [weight: string, update: LowRankUpdate]>): Feeds {
    const feeds: Record<string, Tensor> = {};
    for (const [weight, { rank, inputs, outputs, a, b }] of updates) {
      const names = lowRankInputs(weight);
      feeds[names.a] = new this.runtime.Tensor("float32", a, [rank, inputs]);
      feeds[names.b] = new this.runtime.Tensor("float32", b, [outputs, rank]);
    }
    return feeds;
  }

  /** A session is made when first used: most runs need only one of the two graphs. */
  private session(kind: GraphKind): Promise<InferenceSession> {
    let session = this.sessions.get(kind);
    if (session === undefined) {
      const { model, tensors, folder } = this.checkpoint;
      const adapted = new Set(this.adapters.flatMap(({ updates }) => [...updates.keys()]));
      const graph = buildGraph(model, tensors, kind, folder, adapted);
      session = this.runtime.createSession(graph.bytes, this.checkpoint, this.threads);
      this.sessions.set(kind, session);
    }
    return session;
  }

  async score(batch: readonly Sequence[], lowRank = this.nothingAdded): Promise<ScoredBatch> {
    const session = await this.session("score");
    const padded = rightPad(batch.map((sequence) => sequence.ids));
    // Each wanted position goes through the LM head once, however many tokens are asked for there.
    const rows: number[] = [];
    const rowOf = new Map<number, number>();
    const targets: number[] = [];
    const targetRows: number[] = [];
    batch.forEach((sequence, b) => {
      for (const { position, token } of sequence.targets) {
        const flat = b * padded.length + position;
        let row = rowOf.get(flat);
        if (row === undefined) {
          row = rows.push(flat) - 1;
          rowOf.set(flat, row);
        }
        targets.push(row, token);
        targetRows.push(row);
      }
    });
    const output = await session.run({
      ...lowRank,
      input_ids: this.int64(padded.ids, [batch.length, padded.length]),
      positions: this.int64(padded.positions, [batch.length, padded.length]),
      rows: this.int64(rows, [rows.length]),
      targets: this.int64(targets, [targetRows.length, 2]),
    });
    const argmax = (output["argmax"] as Tensor).data as BigInt64Array;
    return {
      logprobs: (output["logprobs"] as Tensor).data as Float32Array,
      argmax: targetRows.map((row) => Number(argmax[row])),
    };
  }

  async generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    isDone: (row: number, ids: readonly number[]) => boolean,
    lowRank = this.nothingAdded,
  ): Promise<number[][]> {
    const longest = Math.max(...contexts.map((ids) => ids.length)) + maxNewTokens;
    const changesAt = rotaryChangesAt(this.checkpoint.model);
    if (changesAt !== undefined && longest > changesAt) {
      return this.generateAnew(contexts, maxNewTokens, isDone, lowRank);
    }
    const session = await this.session("generate");
    const layers = this.checkpoint.model.layers.map(({ attention }) => attention);
    const count = contexts.length;
    const padded = rightPad(contexts);
    const generated: number[][] = contexts.map(() => []);
    const finished = contexts.map(() => false);

    let keyPositions = splitRows(padded.positions, padded.length);
    let feeds: Record<string, Tensor> = {
      input_ids: this.int64(padded.ids, [count, padded.length]),
      positions: this.int64(padded.positions, [count, padded.length]),
      key_positions: this.int64(padded.positions, [count, padded.length]),
      rows: this.int64(
        contexts.map((ids, row) => row * padded.length + ids.length - 1),
        [count],
      ),
    };
    layers.forEach(({ keyValueHeads, headSize }, layer) => {
      for (const part of ["key", "value"]) {
        const empty = new this.runtime.Tensor("float32", new Float32Array(0), [count, keyValueHeads, 0, headSize]);
        feeds[`past.${layer}.${part}`] = empty;
      }
    });

    for (let step = 0; ; step++) {
      const output = await session.run({ ...lowRank, ...feeds });
      const next = [...((output["argmax"] as Tensor).data as BigInt64Array)].map(Number);
      next.forEach((id, row) => {
        if (finished[row] === true) return;
        const ids = generated[row] as number[];
        ids.push(id);
        finished[row] = ids.length >= maxNewTokens || this.eosIds.includes(id) || isDone(row, ids);
      });
      if (finished.every(Boolean)) return generated;
      const positions = contexts.map((ids) => ids.length + step);
      keyPositions = keyPositions.map((row, i) => [...row, positions[i] as number]);
      feeds = {
        input_ids: this.int64(next, [count, 1]),
        positions: this.int64(positions, [count, 1]),
        key_positions: this.int64(keyPositions.flat(), [count, padded.length + step + 1]),
        rows: this.int64([...next.keys()], [count]),
      };
      for (const layer of layers.keys()) {
        for (const part of ["key", "value"]) {
          feeds[`past.${layer}.${part}`] = output[`present.${layer}.${part}`] as Tensor;
        }
      }
    }
  }

  /** Every step from the beginning: where the rotary embedding depends on a row's length, cached keys would be stale. */
  private async generateAnew(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    isDone: (row: number, ids: readonly number[]) => boolean,
    lowRank: Feeds,
  ): Promise<number[][]> {
    const generated: number[][] = [];
    for (const [row, context] of contexts.entries()) {
      const ids: number[] = [];
      do {
        const sequence = {
          ids: [...context, ...ids],
          targets: [{ position: context.length + ids.length - 1, token: 0 }],
        };
        ids.push((await this.score([sequence], lowRank)).argmax[0] as number);
      } while (ids.length < maxNewTokens && !this.eosIds.includes(ids.at(-1) as number) && !isDone(row, ids));
      generated.push(ids);
    }
    return generated;
  }

  private int64(values: readonly number[], dims: readonly number[]): Tensor {
    return new this.runtime.Tensor("int64", BigInt64Array.from(values, BigInt), dims);
  }

  async close(): Promise<void> {
    await Promise.all([...this.sessions.values()].map(async (session) => (await session).release()));
    this.sessions.clear();
  }
}

/** Row length beyond which a model's rotary embedding changes with the length; undefined where it never does. */
function rotaryChangesAt({ layers }: ModelSpec): number | undefined {
  const lengths = layers.flatMap(({ attention: { rotary } }) => [
    rotary?.long?.longerThan,
    rotary?.dynamic?.longerThan,
  ]);
  const known = lengths.filter((length) => length !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Sequences as one [B,T] block, row-major: ids, and positions that mark padding as invisible. */
function rightPad(sequences: readonly (readonly number[])[]): { ids: number[]; positions: number[]; length: number } {
  const length = Math.max(...sequences.map((ids) => ids.length));
  const ids = new Array<number>(sequences.length * length).fill(0);
  const positions = new Array<number>(sequences.length * length).fill(PADDING_POSITION);
  sequences.forEach((sequence, b) => {
    sequence.forEach((id, t) => {
      ids[b * length + t] = id;
      positions[b * length + t] = t;
    });
  });
  return { ids, positions, length };
}

function splitRows(values: readonly number[], length: number): number[][] {
  return Array.from({ length: values.length / length }, (_, row) => values.slice(row * length, (row + 1) * length));
}
