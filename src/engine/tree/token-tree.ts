/**
 * Arranges token sequences as a tree of common beginnings: a causal model need compute each distinct token in its
 * context once.
 */

/** Asks for the log-probability of a token after a position of a node. */
export interface Ask {
  /** Index into the node's ids. */
  offset: number;
  readonly token: number;
  /** Where the answer goes. */
  readonly output: number;
}

/** Holds a sequence whose targets know where their answers go. */
export interface PlacedSequence {
  readonly ids: readonly number[];
  readonly targets: readonly { readonly position: number; readonly token: number; readonly output: number }[];
}

/** Holds an edge of the tree and what follows it: tokens that always come together. */
export interface TreeNode {
  ids: readonly number[];
  /** Position of the first id in its text. */
  start: number;
  /** By first id. */
  readonly children: Map<number, TreeNode>;
  asks: Ask[];
}

function node(ids: readonly number[], start: number): TreeNode {
  return { ids, start, children: new Map(), asks: [] };
}

/** Builds the tree of the sequences under an empty root, each target in the node that holds its position. */
export function tokenTree(sequences: readonly PlacedSequence[]): TreeNode {
  const root = node([], 0);
  for (const { ids } of sequences) insert(root, ids);
  for (const { ids, targets } of sequences) {
    const path = pathOf(root, ids);
    for (const { position, token, output } of targets) {
      const holder = path.find(({ start, ids: own }) => position >= start && position < start + own.length);
      if (holder === undefined) throw new RangeError(`no token at position ${position} of ${ids.length}`);
      holder.asks.push({ offset: position - holder.start, token, output });
    }
  }
  return root;
}

function insert(root: TreeNode, ids: readonly number[]): void {
  let current = root;
  let at = 0;
  while (at < ids.length) {
    const child = current.children.get(ids[at] as number);
    if (child === undefined) {
      current.children.set(ids[at] as number, node(ids.slice(at), at));
      return;
    }
    let shared = 1;
    while (shared < child.ids.length && child.ids[shared] === ids[at + shared]) shared++;
    if (shared < child.ids.length && at + shared <= ids.length) cutNode(child, shared);
    at += shared;
    current = child;
  }
}

/** Leaves a node its first `length` ids; the others go to a new only child. */
export function cutNode(whole: TreeNode, length: number): void {
  const rest = node(whole.ids.slice(length), whole.start + length);
  for (const [id, child] of whole.children) rest.children.set(id, child);
  rest.asks = whole.asks.filter(({ offset }) => offset >= length);
  for (const ask of rest.asks) ask.offset -= length;
  whole.asks = whole.asks.filter((ask) => !rest.asks.includes(ask));
  whole.ids = whole.ids.slice(0, length);
  whole.children.clear();
  whole.children.set(rest.ids[0] as number, rest);
}

function pathOf(root: TreeNode, ids: readonly number[]): TreeNode[] {
  const path: TreeNode[] = [];
  let current: TreeNode = root;
  for (let at = 0; at < ids.length; at += current.ids.length) {
    const child = current.children.get(ids[at] as number);
    if (child === undefined) throw new RangeError("the sequence is not in the tree");
    path.push(child);
    current = child;
  }
  return path;
}

/** Counts the tokens in a subtree: the least that has to be computed for its sequences. */
export function tokenCount({ ids, children }: TreeNode): number {
  let count = ids.length;
  for (const child of children.values()) count += tokenCount(child);
  return count;
}
