/** Scores sequences as a tree: every prefix once, every distinct token once, no padding through the linear maps. */

import type { ModelSpec } from "../../checkpoints/architectures/model-spec.js";
import type { Answer, OnWork, ScoredSequences } from "../backends/backend.js";
import { costModel, rotaryChangesAt } from "./cost-model.js";
import { KeyValues, type PrefixCache } from "./key-values.js";
import type { MemoryPlan } from "../backends/memory.js";
import type { Feeds, PackedModel } from "./packed-model.js";
import { groupBlocks, packBlocks, type RunLimits } from "./packing.js";
import type { RunSize } from "./run-size.js";
import type { Sequence } from "../backends/sequence.js";
import { tokenCount, tokenTree, type Ask, type PlacedSequence, type TreeNode } from "./token-tree.js";
import { neededPart, plannedAnswers, planTree, type PrefixPlan, type TokenBlock } from "./tree-plan.js";

/** Holds what the calls of one backend share. */
export interface Shared {
  readonly model: PackedModel;
  readonly spec: ModelSpec;
  readonly memory: MemoryPlan;
  readonly prefixes: PrefixCache;
  readonly runSize: RunSize;
  readonly lowRank: Feeds;
  /** Whose matrices those are. */
  readonly owner: string;
}

/** Holds the tokens that a call begins with, and where the runs end that make their keys and values. */
interface Trunk {
  readonly ids: readonly number[];
  readonly bounds: readonly number[];
}

/** Limits the tokens of one run when a prefix is made: longer runs spend more on attention to later tokens. */
const PREFIX_RUN = 256;

/** @param known indices of sequences that are planned, but need no answer */
export async function scoreTree(
  sequences: readonly Sequence[],
  shared: Shared,
  onWork: OnWork,
  known: ReadonlySet<number>,
): Promise<ScoredSequences> {
  const placed = place(sequences);
  const needed = placed.flatMap(({ targets }, i) => targets.map(() => !known.has(i)));
  const scorer = new TreeScorer(shared, needed.length, onWork);
  const plans = [...byRotation(placed, rotaryChangesAt(shared.spec))].map(([length, group]) => ({
    length,
    plan: neededPart(scorer.plan(group), (output) => needed[output] === true),
  }));
  scorer.answers = plans.reduce((sum, { plan }) => sum + plannedAnswers(plan), 0);
  scorer.report([]);
  for (const { length, plan } of plans) await scorer.score(plan, length);
  return scorer.scored;
}

function place(sequences: readonly Sequence[]): PlacedSequence[] {
  let output = 0;
  return sequences.map(({ ids, targets }) => ({
    ids,
    targets: targets.map((target) => ({ ...target, output: output++ })),
  }));
}

/**
 * Groups sequences that may share tokens: where the rotary embedding depends on the length, only those of one length.
 */
function byRotation(sequences: readonly PlacedSequence[], changesAt: number): Map<number, PlacedSequence[]> {
  const groups = new Map<number, PlacedSequence[]>();
  for (const sequence of sequences) {
    const length = sequence.ids.length > changesAt ? sequence.ids.length : 0;
    groups.set(length, [...(groups.get(length) ?? []), sequence]);
  }
  return groups;
}

class TreeScorer {
  readonly scored: ScoredSequences;
  private tokens = 0;
  private distinctTokens = 0;
  private reusedTokens = 0;
  private answered = 0;
  /** Answers to come. */
  answers = 0;
  private readonly busyBefore: number;

  constructor(
    private readonly shared: Shared,
    targets: number,
    private readonly onWork: OnWork,
  ) {
    this.scored = { logprobs: new Float64Array(targets).fill(NaN), best: new Float64Array(targets) };
    this.busyBefore = shared.model.busy;
  }

  /** Plans a call without regard to what earlier calls left in the cache: a score shall not depend on them. */
  plan(sequences: readonly PlacedSequence[]): PrefixPlan {
    const { spec, memory } = this.shared;
    const root = tokenTree(sequences);
    this.distinctTokens += tokenCount(root);
    return planTree(root, costModel(spec), { tokens: memory.blockTokens, asks: memory.runAsks });
  }

  /** @param textLength 0 where it does not matter */
  async score(plan: PrefixPlan, textLength: number): Promise<void> {
    await this.carryOut(plan, KeyValues.empty(this.shared.model.layers), textLength, { ids: [], bounds: [] });
  }

  /** @param trunk the prefix, where everything in the call follows it: other calls may follow it too */
  private async carryOut(
    { blocks, longer }: PrefixPlan,
    prefix: KeyValues,
    textLength: number,
    trunk: Trunk | undefined,
  ): Promise<void> {
    const { runSize, memory } = this.shared;
    const limits = (): RunLimits => ({ tokens: runSize.tokens, asks: memory.runAsks, pairs: memory.runPairs });
    for (const group of groupBlocks(blocks, prefix.length, limits)) await this.run(group, prefix, textLength, false);
    for (const { node, plan } of longer) {
      const isTrunk = trunk !== undefined && blocks.length === 0 && longer.length === 1;
      const chain = chainBlocks(node.ids, prefix.length, node.asks, memory);
      const whole = isTrunk
        ? { ids: [...trunk.ids, ...node.ids], bounds: [...trunk.bounds, ...chain.map(endOf)] }
        : undefined;
      await this.carryOut(plan, await this.extend(prefix, node, chain, textLength, whole), textLength, whole);
    }
  }

  /**
   * Computes the keys and values of a prefix and of a node after it.
   * @param chain the node's tokens as they are run
   * @param trunk both, where they may be known from another call and useful to others
   */
  private async extend(
    prefix: KeyValues,
    node: TreeNode,
    chain: readonly TokenBlock[],
    textLength: number,
    trunk: Trunk | undefined,
  ): Promise<KeyValues> {
    const { prefixes } = this.shared;
    const owner = `${this.shared.owner}:${textLength}`;
    let whole = prefix;
    if (trunk !== undefined) {
      // What is asked of a known token has still to be computed.
      const firstAsked = Math.min(node.ids.length, ...node.asks.map(({ offset }) => offset));
      const known = prefixes.find(owner, trunk.ids.slice(0, prefix.length + firstAsked), trunk.bounds);
      if (known !== undefined && known.length > prefix.length) whole = known;
    }
    this.reusedTokens += whole.length - prefix.length;
    const from = whole.length;
    for (const block of chain.filter((one) => endOf(one) > from)) {
      const kept = await this.run([block], whole, textLength, true);
      whole = whole.append(block.ids.length, kept);
    }
    if (trunk !== undefined) prefixes.keep(owner, trunk.ids, trunk.bounds, whole);
    return whole;
  }

  private async run(blocks: readonly TokenBlock[], prefix: KeyValues, textLength: number, keep: boolean) {
    const { model, runSize, lowRank } = this.shared;
    const packed = packBlocks(blocks, prefix.length, model.multiples);
    const before = model.busy;
    const output = await model.run(packed, { prefix, lowRank, textLength }, { keep });
    if (!keep) runSize.record(packed.tokens, model.busy - before);
    const answers = packed.answers.map(({ asked, output: place }, i): Answer => {
      const answer = { place, logprob: output.logprobs[i] as number, best: output.best[asked] as number };
      this.scored.logprobs[place] = answer.logprob;
      this.scored.best[place] = answer.best;
      return answer;
    });
    this.tokens += packed.tokens;
    this.answered += answers.length;
    this.report(answers);
    return output.kept;
  }

  report(answers: readonly Answer[]): void {
    this.onWork({
      share: this.answers === 0 ? 1 : this.answered / this.answers,
      tokens: this.tokens,
      distinctTokens: this.distinctTokens,
      reusedTokens: this.reusedTokens,
      busy: this.shared.model.busy - this.busyBefore,
      answers,
    });
  }
}

/** Returns the position after a block of a chain. */
export function endOf({ positions }: TokenBlock): number {
  return (positions.at(-1) ?? -1) + 1;
}

/** Cuts a chain of tokens into blocks that run one after the other, each on the keys and values of those before. */
export function chainBlocks(
  ids: readonly number[],
  start: number,
  asks: readonly Ask[],
  { blockTokens, runAsks }: Pick<MemoryPlan, "blockTokens" | "runAsks">,
): TokenBlock[] {
  const blocks: TokenBlock[] = [];
  const most = Math.min(PREFIX_RUN, blockTokens);
  const asked = [...new Set(asks.map(({ offset }) => offset))].sort((a, b) => a - b);
  for (let from = 0; from < ids.length;) {
    const tooMany = asked.filter((offset) => offset >= from)[runAsks] ?? Infinity;
    const to = Math.min(ids.length, from + most, tooMany);
    const part = ids.slice(from, to);
    blocks.push({
      ids: part,
      positions: part.map((_, i) => start + from + i),
      seenUntil: part.map(() => part.length - 1),
      asks: asks
        .filter(({ offset }) => offset >= from && offset < to)
        .map(({ offset, token, output }) => ({ slot: offset - from, token, output })),
    });
    from = to;
  }
  return blocks;
}
