/** Finds which checkpoints and prompts of two results are the same. */

import type { RowScore } from "../../metrics/row-score.js";
import type { TaskRecord } from "../../store/results.js";

export interface Pair {
  readonly a: string;
  readonly b: string;
}

/** Pairs checkpoints of one name, and the only ones of both, whatever they are called. */
export function pairedCheckpoints(
  a: readonly { readonly name: string }[],
  b: readonly { readonly name: string }[],
): Pair[] {
  const [one, two] = [a[0], b[0]];
  if (a.length === 1 && b.length === 1 && one !== undefined && two !== undefined) return [{ a: one.name, b: two.name }];
  return a.filter(({ name }) => b.some((other) => other.name === name)).map(({ name }) => ({ a: name, b: name }));
}

/** Holds names of what stands in one of two results alone. */
export interface Names {
  readonly checkpoints: readonly string[];
  readonly tasks: readonly string[];
}

interface Named {
  readonly checkpoints: readonly { readonly name: string }[];
  readonly tasks: readonly { readonly name: string }[];
}

/** Lists the names of each of two results that are in no pair. */
export function onlyInOne(
  a: Named,
  b: Named,
  { checkpoints, tasks }: { readonly checkpoints: readonly Pair[]; readonly tasks: readonly Pair[] },
): { readonly a: Names; readonly b: Names } {
  const of = (named: Named, side: "a" | "b") => ({
    checkpoints: unpaired(named.checkpoints.map(({ name }) => name), checkpoints, side),
    tasks: unpaired(named.tasks.map(({ name }) => name), tasks, side),
  }); // prettier-ignore
  return { a: of(a, "a"), b: of(b, "b") };
}

/** Lists the names of one side that are in no pair. */
export function unpaired(names: readonly string[], pairs: readonly Pair[], side: "a" | "b"): string[] {
  return names.filter((name) => !pairs.some((pair) => pair[side] === name));
}

export interface PromptPair extends Pair {
  /** Whether common rows were asked by the same text; null where a text was not kept. */
  readonly sameText: boolean | null;
}

/**
 * Pairs prompts that asked the common rows by the same text; those that are left by their names, in which case and
 * punctuation do not matter.
 * @param rowsA rows of one checkpoint under each prompt
 */
export function pairedPrompts(
  a: TaskRecord["prompts"],
  b: TaskRecord["prompts"],
  rowsA: ReadonlyMap<string, readonly RowScore[]>,
  rowsB: ReadonlyMap<string, readonly RowScore[]>,
): PromptPair[] {
  const free = new Map(b.map(({ id }) => [id, rowsB.get(id) ?? []]));
  const pairs: PromptPair[] = [];
  const take = (id: string, other: string, sameText: boolean | null) => {
    free.delete(other);
    pairs.push({ a: id, b: other, sameText });
  };
  for (const { id } of a) {
    const own = rowsA.get(id) ?? [];
    const same = [...free].find(([, rows]) => askedAlike(own, rows) === true);
    if (same !== undefined) take(id, same[0], true);
  }
  for (const { id } of a) {
    if (pairs.some((pair) => pair.a === id)) continue;
    const named = [...free.keys()].find((other) => plain(other) === plain(id));
    if (named !== undefined) take(id, named, askedAlike(rowsA.get(id) ?? [], free.get(named) ?? []) ?? null);
  }
  const order = a.map(({ id }) => id);
  return pairs.sort((one, two) => order.indexOf(one.a) - order.indexOf(two.a));
}

/** @returns undefined where there is no common row */
function askedAlike(a: readonly RowScore[], b: readonly RowScore[]): boolean | undefined {
  const hashes = new Map(b.map((row) => [row.row_hash, row.prompt_hash]));
  const common = a.filter(({ row_hash: hash }) => hashes.has(hash));
  if (common.length === 0) return undefined;
  return common.every((row) => hashes.get(row.row_hash) === row.prompt_hash);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}
