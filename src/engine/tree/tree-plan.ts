/**
 * Plans how a tree of tokens is computed: which beginnings become prefixes, whose keys and values are made first and
 * then broadcast, and which subtrees go through the model as one row of the attention block.
 */

import { cutNode, tokenCount, type TreeNode } from "./token-tree.js";

/** Says what computing costs, in units of one packed token through the linear maps. */
export interface CostModel {
  /** One query against one key, over all layers. */
  readonly pair: number;
  /** One run of the model, whatever is in it: below about this many tokens a run takes no less time. */
  readonly run: number;
}

/** Sets the bounds that keep a row of the attention block in memory. */
export interface BlockLimits {
  /** Tokens of one row. */
  readonly tokens: number;
  /** Positions of one row that go through the LM head. */
  readonly asks: number;
}

/** Holds one row of the attention block: tokens in preorder, so that a subtree is a range of slots. */
export interface TokenBlock {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
  /** Last slot that sees this one. */
  readonly seenUntil: readonly number[];
  readonly asks: readonly { readonly slot: number; readonly token: number; readonly output: number }[];
}

/** Holds what follows a prefix. */
export interface PrefixPlan {
  readonly blocks: readonly TokenBlock[];
  /** Nodes to be made prefixes in their turn. */
  readonly longer: readonly { readonly node: TreeNode; readonly plan: PrefixPlan }[];
}

/**
 * Limits the tokens that may be computed more than once to spare attention over unrelated rows: a share of the distinct
 * ones.
 */
const REPEATED = 0.02;

/**
 * Plans the tree under a node whose own tokens are in the prefix. Rows that begin alike share a block or repeat their
 * beginning, whichever costs less, within the share of repeated tokens that is allowed.
 */
export function planTree(root: TreeNode, cost: CostModel, limits: BlockLimits): PrefixPlan {
  const distinct = tokenCount(root) - root.ids.length;
  for (let pair = cost.pair; ; pair /= 4) {
    const plan = planUnder(root, { ...cost, pair }, limits, new Map());
    if (plannedTokens(plan) <= distinct * (1 + REPEATED) || pair < cost.pair / 1000) return plan;
  }
}

/**
 * Returns the part of a plan that answers something: whole blocks and nodes, so that what is left is computed as in the
 * plan.
 */
export function neededPart({ blocks, longer }: PrefixPlan, isNeeded: (output: number) => boolean): PrefixPlan {
  const answers = ({ asks }: Pick<TokenBlock | TreeNode, "asks">) => asks.some(({ output }) => isNeeded(output));
  return {
    blocks: blocks.filter(answers),
    longer: longer
      .map(({ node, plan }) => ({ node, plan: neededPart(plan, isNeeded) }))
      .filter(({ node, plan }) => answers(node) || plan.blocks.length + plan.longer.length > 0),
  };
}

/** Returns the targets that carrying out a plan answers. */
export function plannedAnswers({ blocks, longer }: PrefixPlan): number {
  return (
    blocks.reduce((sum, { asks }) => sum + asks.length, 0) +
    longer.reduce((sum, { node, plan }) => sum + node.asks.length + plannedAnswers(plan), 0)
  );
}

/** Counts the tokens that carrying out a plan computes. */
export function plannedTokens({ blocks, longer }: PrefixPlan): number {
  return (
    blocks.reduce((sum, { ids }) => sum + ids.length, 0) +
    longer.reduce((sum, { node, plan }) => sum + node.ids.length + plannedTokens(plan), 0)
  );
}

/** Keeps the costs of nodes as prefixes, so that none is computed twice. */
type PrefixCosts = Map<TreeNode, number>;

function planUnder(parent: TreeNode, cost: CostModel, limits: BlockLimits, known: PrefixCosts): PrefixPlan {
  const past = parent.start + parent.ids.length;
  const blocks: TokenBlock[] = [];
  const longer: { node: TreeNode; plan: PrefixPlan }[] = [];
  for (const child of parent.children.values()) {
    cutToFit(child, limits);
    const apart = split(child, 0, past, cost, limits, []);
    if (
      child.children.size > 0 &&
      (apart.cost === Infinity || asPrefix(child, past, cost, limits, known) < apart.cost)
    ) {
      longer.push({ node: child, plan: planUnder(child, cost, limits, known) });
    } else {
      blocks.push(...apart.parts.map(tokenBlock));
    }
  }
  return { blocks, longer };
}

/**
 * Returns a subtree as one row of the attention block.
 * @param past tokens before the tree's root
 * @returns undefined where it does not fit
 */
export function treeBlock(node: TreeNode, past: number, limits: BlockLimits): TokenBlock | undefined {
  if (tokenCount(node) > limits.tokens || askCount(node) > limits.asks) return undefined;
  const block = tokenBlock({ lead: [], node });
  return { ...block, positions: block.positions.map((position) => past + position) };
}

/** Cuts a chain that no block can hold, so that its end can be a block of its own after the rest. */
function cutToFit(node: TreeNode, limits: BlockLimits): void {
  if (node.ids.length > limits.tokens) cutNode(node, node.ids.length - Math.ceil(limits.tokens / 2));
  const asked = [...new Set(node.asks.map(({ offset }) => offset))].sort((a, b) => a - b);
  const beyond = asked[limits.asks];
  if (beyond !== undefined) cutNode(node, beyond);
}

/** Returns the cost of making a node a prefix and of what follows it, of which parts may be prefixes in their turn. */
function asPrefix(node: TreeNode, past: number, cost: CostModel, limits: BlockLimits, known: PrefixCosts): number {
  const before = known.get(node);
  if (before !== undefined) return before;
  const length = node.ids.length;
  let total = blockCost(length, past, cost) + 2 * cost.run;
  for (const child of node.children.values()) {
    const apart = split(child, 0, past + length, cost, limits, []).cost;
    const again = child.children.size === 0 ? Infinity : asPrefix(child, past + length, cost, limits, known);
    const after = Math.min(apart, again);
    // A child too long for a block is cut when its turn comes.
    total += after === Infinity ? blockCost(tokenCount(child), past + length, cost) + cost.run : after;
  }
  known.set(node, total);
  return total;
}

/** Holds a node whose tokens a block repeats; only one of the blocks that repeat it answers what is asked of it. */
interface Repeated {
  readonly node: TreeNode;
  readonly answers: boolean;
}

/** Holds a subtree with the nodes above it that its block repeats. */
interface Part {
  readonly lead: readonly Repeated[];
  readonly node: TreeNode;
}

/**
 * Returns the cheaper of one block for the subtree and of blocks for its parts, each repeating what comes before it.
 */
function split(
  node: TreeNode,
  leadTokens: number,
  past: number,
  cost: CostModel,
  limits: BlockLimits,
  lead: readonly Repeated[],
): { readonly cost: number; readonly parts: readonly Part[] } {
  const tokens = leadTokens + tokenCount(node);
  const fits = tokens <= limits.tokens && askCount(node) <= limits.asks;
  const whole = { cost: fits ? blockCost(tokens, past, cost) : Infinity, parts: [{ lead, node }] };
  if (node.children.size === 0) return whole;
  let total = 0;
  const parts: Part[] = [];
  for (const child of node.children.values()) {
    const first = parts.length === 0;
    const above = [...(first ? lead : lead.map(silent)), { node, answers: first }];
    const part = split(child, leadTokens + node.ids.length, past, cost, limits, above);
    total += part.cost;
    parts.push(...part.parts);
  }
  return whole.cost <= total ? whole : { cost: total, parts };
}

function silent({ node }: Repeated): Repeated {
  return { node, answers: false };
}

function blockCost(tokens: number, past: number, { pair }: CostModel): number {
  return tokens + pair * tokens * (past + tokens);
}

function askCount({ asks, children }: TreeNode): number {
  let count = new Set(asks.map(({ offset }) => offset)).size;
  for (const child of children.values()) count += askCount(child);
  return count;
}

function tokenBlock({ lead, node }: Part): TokenBlock {
  const ids: number[] = [];
  const positions: number[] = [];
  const seenUntil: number[] = [];
  const asks: { slot: number; token: number; output: number }[] = [];
  const add = (current: TreeNode, answers: boolean) => {
    const first = ids.length;
    current.ids.forEach((id, offset) => {
      ids.push(id);
      positions.push(current.start + offset);
      seenUntil.push(0);
    });
    if (answers) {
      for (const { offset, token, output } of current.asks) asks.push({ slot: first + offset, token, output });
    }
    return first;
  };
  const addTree = (current: TreeNode) => {
    const first = add(current, true);
    for (const child of current.children.values()) addTree(child);
    seenUntil.fill(ids.length - 1, first, first + current.ids.length);
  };
  for (const { node: above, answers } of lead) add(above, answers);
  const leadTokens = ids.length;
  addTree(node);
  seenUntil.fill(ids.length - 1, 0, leadTokens);
  return { ids, positions, seenUntil, asks };
}
