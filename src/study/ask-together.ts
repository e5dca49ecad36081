/** Asks the model about cells of one checkpoint and task in one call, and stores each row as soon as it is answered. */

import type { Answerer, Asking, GenerateResult, Progress, ScoreResult } from "../engine/types.js";
import type { CellCost, CellIds, RunStore } from "../store/run-store.js";
import type { PromptVariant } from "../templates/variant.js";
import type { Cell } from "./cell.js";
import type { CellRequests } from "./requests.js";
import { scoreRow } from "./row-score.js";

/** Holds a cell of which the model has to be asked rows. */
export interface OpenCell {
  readonly cell: Cell;
  readonly ids: CellIds;
  /** Places of the rows that are known, each with the number of its new tokens; grows as rows are answered. */
  readonly known: Map<number, number>;
}

type Work = Omit<CellCost, "seconds">;

interface Part {
  readonly asked: CellRequests;
  /** Undefined for a prompt that is planned but not asked. */
  readonly open: OpenCell | undefined;
  readonly priors: readonly ScoreResult[];
}

/**
 * Asks for the rows of cells that are not known yet, and stores each as it is answered.
 * @param open cells of one checkpoint and task
 * @param requests of their variants, and of others with which they are planned: what is asked is cut as if all were
 * asked
 * @returns what all took together
 * @throws what the engine throws
 */
export async function askTogether(
  answerer: Answerer,
  open: readonly OpenCell[],
  requests: ReadonlyMap<PromptVariant, CellRequests>,
  store: Pick<RunStore, "addRow">,
  onProgress: (progress: Progress) => void,
): Promise<Work> {
  const [{ cell }] = open as readonly [OpenCell];
  const { rows } = cell.task;
  const parts: Part[] = [];
  for (const [variant, asked] of requests) {
    const asker = open.find((one) => one.cell.variant === variant);
    const isWanted = asked.priors !== undefined && asker !== undefined;
    const priors = isWanted ? await answerer.score(asked.priors.requests) : [];
    parts.push({ asked, open: asker, priors });
  }
  const size = rows.items.length;
  const known = parts.flatMap((part, p) =>
    rows.items.flatMap((_, place): [number, number][] => {
      const tokens = part.open === undefined ? 0 : part.open.known.get(place);
      return tokens === undefined ? [] : [[p * size + place, tokens]];
    }),
  );
  const onResult = (index: number, result: ScoreResult | GenerateResult) => {
    const part = parts[Math.floor(index / size)] as Part;
    if (part.open === undefined) return;
    const place = index % size;
    part.open.known.set(place, "text" in result ? result.tokens : 0);
    store.addRow(part.open.ids, place, scoreRow(rows, part.asked, place, result, part.priors));
  };
  let work: Work = { tokens: 0, distinctTokens: 0, reusedTokens: 0, busy: 0 };
  const count = (progress: Progress) => {
    const { tokens, distinctTokens, reusedTokens, busy } = progress;
    work = { tokens, distinctTokens, reusedTokens, busy };
    onProgress(progress);
  };
  const asking: Asking<ScoreResult | GenerateResult> = { known: new Map(known), onResult };
  const scoring = parts.flatMap(({ asked }) => (asked.kind === "score" ? asked.requests : []));
  const generating = parts.flatMap(({ asked }) => (asked.kind === "generate" ? asked.requests : []));
  if (scoring.length > 0) await answerer.score(scoring, count, asking);
  else await answerer.generate(generating, count, asking);
  return work;
}

/**
 * Divides what a call took into equal parts: its fewest tokens over all prompts that were planned, the rest over those
 * asked.
 */
export function costsOf(
  open: readonly OpenCell[],
  variants: readonly PromptVariant[],
  { tokens, distinctTokens, reusedTokens, busy, seconds }: CellCost,
): CellCost[] {
  const fewest = wholeParts(distinctTokens, variants.length);
  const [run, reused] = [wholeParts(tokens, open.length), wholeParts(reusedTokens, open.length)];
  return open.map(({ cell: { variant } }, i) => ({
    tokens: run[i] as number,
    distinctTokens: fewest[variants.indexOf(variant)] as number,
    reusedTokens: reused[i] as number,
    busy: busy / open.length,
    seconds: seconds / open.length,
  }));
}

/** Divides a whole number into n whole parts that differ by at most one and add up to it. */
function wholeParts(whole: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => Math.floor(((i + 1) * whole) / n) - Math.floor((i * whole) / n));
}
