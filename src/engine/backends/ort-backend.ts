/** Runs the project's own graphs on ONNX Runtime. */

import type { WeightsCheckpoint } from "../../checkpoints/checkpoint.js";
import { buildGraph } from "../../checkpoints/graph/build.js";
import { lowRankInputs } from "../../checkpoints/graph/low-rank.js";
import type { LoraAdapter, LowRankUpdate } from "../../checkpoints/files/lora.js";
import type { ModelWeights } from "../../checkpoints/model-weights.js";
import type { Backend, Draw, OnStep, OnWork, ScoredSequences, Step } from "./backend.js";
import { rotaryChangesAt } from "../tree/cost-model.js";
import { generateAnew, generateTexts, type RowEnds } from "../tree/greedy.js";
import { PrefixCache } from "../tree/key-values.js";
import type { MemoryPlan } from "./memory.js";
import { PackedModel, type Feeds } from "../tree/packed-model.js";
import { RunSize } from "../tree/run-size.js";
import type { GraphOf, Runtime } from "./runtime.js";
import type { Sequence } from "./sequence.js";
import { scoreTree, type Shared } from "../tree/tree-scorer.js";

/** Holds what is added to the weights, and a name for it. */
type Added = Pick<Shared, "lowRank" | "owner">;

export class OrtBackend<W extends ModelWeights = WeightsCheckpoint> implements Backend {
  readonly window: number;
  readonly eosIds: readonly number[];
  private readonly prefixes: PrefixCache;
  private readonly runSize: RunSize;
  private opened: Promise<PackedModel> | undefined;
  /** The base runs with matrices of rank zero, or of zeros, for each stored weight that an adapter adds to. */
  private readonly base: Added;

  /**
   * @param threads intra-op threads; 0 lets ONNX Runtime choose
   * @param adapters the graph has inputs for every weight that one of these adds to
   * @param proceed called before each run of the model; throws where the work is no longer wanted
   */
  constructor(
    private readonly runtime: Runtime<W>,
    private readonly checkpoint: W,
    private readonly threads: number,
    private readonly memory: MemoryPlan,
    private readonly adapters: readonly LoraAdapter[] = [],
    private readonly proceed: () => void = () => undefined,
  ) {
    this.window = checkpoint.window;
    this.eosIds = checkpoint.eosIds;
    this.prefixes = new PrefixCache(memory.prefixBytes);
    this.runSize = new RunSize(memory.runTokens);
    const rank = runtime.takesEmpty ? 0 : 1;
    const lowRank = this.lowRankFeeds(
      adapters.flatMap(({ updates }) =>
        [...updates].map(([weight, update]) => {
          const [a, b] = [new Float32Array(rank * update.inputs), new Float32Array(rank * update.outputs)];
          return [weight, { ...update, rank, a, b }] as const;
        }),
      ),
    );
    this.base = { lowRank, owner: "" };
  }

  /**
   * Returns the same session with an adapter's matrices as inputs; closing it leaves this one open.
   * @param adapter one of those given to the constructor
   */
  adapted(adapter: LoraAdapter): Backend {
    const lowRank = { ...this.base.lowRank, ...this.lowRankFeeds(adapter.updates) };
    const added = { lowRank, owner: adapter.folder };
    return {
      window: this.window,
      eosIds: this.eosIds,
      score: (sequences, onWork, known) => this.scoreWith(added, sequences, onWork, known),
      generate: (contexts, maxNewTokens, onStep, onWork, known, draws) =>
        this.generateWith(added, contexts, maxNewTokens, onStep, onWork, known, draws),
      close: () => Promise.resolve(),
    };
  }

  private lowRankFeeds(updates: Iterable<readonly [weight: string, update: LowRankUpdate]>): Feeds {
    const feeds: Record<string, Feeds[string]> = {};
    for (const [weight, { rank, inputs, outputs, a, b }] of updates) {
      const names = lowRankInputs(weight);
      feeds[names.a] = new this.runtime.Tensor("float32", a, [rank, inputs]);
      feeds[names.b] = new this.runtime.Tensor("float32", b, [outputs, rank]);
    }
    return feeds;
  }

  /** Returns the session, which is made when first used: counting tokens needs none. */
  private packedModel(): Promise<PackedModel> {
    this.opened ??= this.open();
    return this.opened;
  }

  private async open(): Promise<PackedModel> {
    const { model, folder } = this.checkpoint;
    const adapted = new Set(this.adapters.flatMap(({ updates }) => [...updates.keys()]));
    const options = { adapted, padded: !this.runtime.takesEmpty, widening: this.memory.widening };
    const graphOf: GraphOf = (tensors) => buildGraph(model, tensors, folder, options).bytes;
    const session = await this.runtime.createSession(graphOf, this.checkpoint, this.threads);
    return new PackedModel(session, this.runtime, model, this.proceed);
  }

  score(sequences: readonly Sequence[], onWork?: OnWork, known?: ReadonlySet<number>): Promise<ScoredSequences> {
    return this.scoreWith(this.base, sequences, onWork, known);
  }

  generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    onStep: OnStep,
    onWork?: OnWork,
    known?: ReadonlyMap<number, number>,
    draws?: readonly (Draw | undefined)[],
  ): Promise<number[][]> {
    return this.generateWith(this.base, contexts, maxNewTokens, onStep, onWork, known, draws);
  }

  private async shared(added: Added): Promise<Shared> {
    const { memory, prefixes, runSize } = this;
    return { model: await this.packedModel(), spec: this.checkpoint.model, memory, prefixes, runSize, ...added };
  }

  private async scoreWith(
    added: Added,
    sequences: readonly Sequence[],
    onWork: OnWork = () => undefined,
    known: ReadonlySet<number> = new Set(),
  ): Promise<ScoredSequences> {
    return scoreTree(sequences, await this.shared(added), onWork, known);
  }

  private async generateWith(
    added: Added,
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    onStep: OnStep,
    onWork: OnWork = () => undefined,
    known: ReadonlyMap<number, number> = new Map(),
    draws?: readonly (Draw | undefined)[],
  ): Promise<number[][]> {
    const longest = Math.max(...contexts.map((ids) => ids.length)) + maxNewTokens;
    const ends: RowEnds = async (steps) => {
      const over = ({ ids }: Step) => ids.length >= maxNewTokens || this.eosIds.includes(ids.at(-1) as number);
      const open = steps.filter((step) => !over(step));
      const stopped = open.length === 0 ? [] : await onStep(open);
      return steps.map((step) => over(step) || stopped[open.indexOf(step)] === true);
    };
    const shared = await this.shared(added);
    return longest > rotaryChangesAt(shared.spec)
      ? generateAnew(contexts, ends, shared, onWork, known, draws)
      : generateTexts(contexts, maxNewTokens, ends, shared, onWork, known, draws);
  }

  async close(): Promise<void> {
    this.prefixes.clear();
    await (await this.opened)?.release();
    this.opened = undefined;
  }
}
