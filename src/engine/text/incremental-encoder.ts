/**
 * Encodes texts that begin alike without encoding the beginning again: the few-shot part of a prompt is most of its
 * text, and the same for all rows.
 *
 * A text is taken apart only after a line break that no white space follows. No token crosses that place: the
 * pre-tokenizers in use split there, and where there is none, no token of the vocabulary has a line break before other
 * text, so no merge of byte-pair encoding crosses it. What follows is encoded behind its last line, whose ids are
 * then taken off, since some tokenizers treat the beginning of a text in a way of its own.
 */

/** Limits the beginnings that are kept. */
const KEPT = 16;
/** Sets the shortest beginning that is worth keeping. */
const SHORTEST = 64;
/** Sets the characters compared at a time. */
const STRETCH = 64;
/**
 * Sets how many first texts are encoded both ways; where the outcomes differ, every text is encoded whole from then on.
 */
const PROVED = 8;

interface Beginning {
  readonly text: string;
  readonly ids: readonly number[];
  /** The last line of the text with its line break. */
  readonly line: string;
  readonly lineIds: readonly number[];
}

export class IncrementalEncoder {
  private beginnings: Beginning[] = [];
  private last = "";
  private proofs = 0;

  /**
   * @param whole encodes a text from its beginning to its end
   * @param trusted false where a token of the vocabulary has other text after a line break
   */
  constructor(
    private readonly whole: (text: string) => number[],
    private trusted: boolean,
  ) {}

  encode(text: string): number[] {
    if (!this.trusted || text.length < SHORTEST) return this.whole(text);
    this.learn(text);
    const known = this.longest(text);
    if (known === undefined) return this.whole(text);
    const ids = this.behind(known, text);
    if (ids === undefined || this.proofs < PROVED) {
      const expected = this.whole(text);
      this.proofs++;
      if (ids?.join() !== expected.join()) {
        this.trusted = false;
        return expected;
      }
    }
    return ids;
  }

  /** Keeps what this text and the last one have in common. */
  private learn(text: string): void {
    const common = commonLength(text, this.last);
    this.last = text;
    const end = lastBoundary(text, common);
    if (end < SHORTEST || (this.longest(text)?.text.length ?? 0) >= end) return;
    const beginning = text.slice(0, end);
    const line = beginning.slice(lastBoundary(beginning, end - 1));
    const known = this.longest(beginning);
    const ids = (known === undefined ? undefined : this.behind(known, beginning)) ?? this.whole(beginning);
    this.beginnings = [{ text: beginning, ids, line, lineIds: this.whole(line) }, ...this.beginnings].slice(0, KEPT);
  }

  private longest(text: string): Beginning | undefined {
    let best: Beginning | undefined;
    for (const beginning of this.beginnings) {
      const { length } = beginning.text;
      if (
        length > (best?.text.length ?? 0) &&
        length < text.length &&
        text.startsWith(beginning.text) &&
        !/\s/.test(text[length] as string)
      )
        best = beginning;
    }
    return best;
  }

  /** Returns the ids of a text behind a beginning; undefined where the last line is not encoded as it is by itself. */
  private behind({ text, ids, line, lineIds }: Beginning, whole: string): number[] | undefined {
    const tail = this.whole(line + whole.slice(text.length));
    if (lineIds.some((id, i) => tail[i] !== id)) return undefined;
    return [...ids, ...tail.slice(lineIds.length)];
  }
}

/**
 * Counts the characters that two texts begin with alike, compared in stretches: one by one takes longer than encoding.
 */
function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let common = 0;
  while (common < most && a.slice(common, common + STRETCH) === b.slice(common, common + STRETCH)) common += STRETCH;
  while (common < most && a[common] === b[common]) common++;
  return Math.min(common, most);
}

/**
 * Returns the last place up to `end` that is after a line break and before something that is no white space; 0 where
 * there is none.
 */
function lastBoundary(text: string, end: number): number {
  for (let at = Math.min(end, text.length - 1); at > 0; at--) {
    if (text[at - 1] === "\n" && !/\s/.test(text[at] as string)) return at;
  }
  return 0;
}
