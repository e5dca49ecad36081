/** Lays texts out in rows for the training graph: several short texts share a row, and none sees another. */

/** Holds a text to learn from. */
export interface TrainingText {
  readonly ids: ArrayLike<number>;
  /** Which tokens are to be predicted from those before them; all but the first where it is not given. */
  readonly counted?: (index: number) => boolean;
}

/** Holds inputs of one run of the training graph; see buildTrainingGraph for their meaning. */
export interface Rows {
  readonly rows: number;
  /** Slots of a row. */
  readonly length: number;
  readonly inputIds: BigInt64Array;
  readonly positions: BigInt64Array;
  readonly seenUntil: BigInt64Array;
  /** Length of each token's text; 1 in empty slots. */
  readonly lengths: Float32Array;
  /** Slots whose successor counts. */
  readonly asked: BigInt64Array;
  readonly labels: BigInt64Array;
}

/** Sets the number that the slots of a row are a multiple of: whole vectors of the CPU. */
const SLOT_MULTIPLE = 8;

/** Counts the tokens of a text that its loss is over. */
export function countedTokens({ ids, counted }: TrainingText): number {
  if (counted === undefined) return Math.max(0, ids.length - 1);
  let count = 0;
  for (let i = 1; i < ids.length; i++) if (counted(i)) count++;
  return count;
}

/**
 * Distributes texts over as few rows as first-fit decreasing finds, the longest text's length being the capacity, and
 * the rows over runs of at most `runSlots` slots (a single row may be longer).
 * @param asks most counted tokens in one run (a single row may have more)
 */
export function layOut(texts: readonly TrainingText[], runSlots: number, asks = Infinity): Rows[] {
  const longest = Math.max(...texts.map(({ ids }) => ids.length));
  const bins: { readonly texts: TrainingText[]; filled: number }[] = [];
  for (const text of texts.toSorted((a, b) => b.ids.length - a.ids.length)) {
    let bin = bins.find(({ filled }) => filled + text.ids.length <= longest);
    if (bin === undefined) bins.push((bin = { texts: [], filled: 0 }));
    bin.texts.push(text);
    bin.filled += text.ids.length;
  }
  const runs: Rows[] = [];
  let taken: TrainingText[][] = [];
  let [length, counted] = [0, 0];
  for (const bin of bins.sort((a, b) => b.filled - a.filled)) {
    const own = bin.texts.reduce((sum, text) => sum + countedTokens(text), 0);
    if (taken.length > 0 && ((taken.length + 1) * length > runSlots || counted + own > asks)) {
      runs.push(fill(taken, length));
      [taken, counted] = [[], 0];
    }
    if (taken.length === 0) length = Math.ceil(bin.filled / SLOT_MULTIPLE) * SLOT_MULTIPLE;
    taken.push(bin.texts);
    counted += own;
  }
  if (taken.length > 0) runs.push(fill(taken, length));
  return runs;
}

function fill(rows: readonly (readonly TrainingText[])[], length: number): Rows {
  const slots = rows.length * length;
  const inputIds = new BigInt64Array(slots);
  const positions = new BigInt64Array(slots);
  // An empty slot sees itself alone.
  const seenUntil = BigInt64Array.from({ length: slots }, (_, slot) => BigInt(slot % length));
  const lengths = new Float32Array(slots).fill(1);
  const asked: bigint[] = [];
  const labels: bigint[] = [];
  rows.forEach((texts, row) => {
    let start = 0;
    for (const { ids, counted } of texts) {
      for (let i = 0; i < ids.length; i++) {
        const slot = row * length + start + i;
        inputIds[slot] = BigInt(ids[i] as number);
        positions[slot] = BigInt(i);
        seenUntil[slot] = BigInt(start + ids.length - 1);
        lengths[slot] = ids.length;
        if (i > 0 && (counted === undefined || counted(i))) {
          asked.push(BigInt(slot - 1));
          labels.push(BigInt(ids[i] as number));
        }
      }
      start += ids.length;
    }
  });
  return {
    rows: rows.length,
    length,
    inputIds,
    positions,
    seenUntil,
    lengths,
    asked: BigInt64Array.from(asked),
    labels: BigInt64Array.from(labels),
  };
}
