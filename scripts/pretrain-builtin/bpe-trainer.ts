/**
 * Trains a byte-level BPE tokenizer and writes it in the tokenizer.json format.
 * Algorithm: Sennrich et al. 2016 (arXiv:1508.07909) on UTF-8 bytes shown as printable characters, as in GPT-2.
 */

/** Words are never merged across; the pattern is the one the "ByteLevel" pre-tokenizer applies. */
const WORDS = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Printable stand-in for each byte: itself where printable, else a code point from 256 on. */
function byteAlphabet(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(printable ? byte : next++);
  });
}

/**
 * @param texts training text
 * @param merges number of merges to learn (fewer when the text runs out of pairs)
 * @param special special tokens, given the first ids
 * @returns the content of a tokenizer.json: ids are special tokens, then bytes, then merges in order
 */
export function trainByteLevelBpe(
  texts: Iterable<string>,
  merges: number,
  special: readonly string[],
): Record<string, unknown> {
  const alphabet = byteAlphabet();
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [word] of text.matchAll(WORDS)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = [...counts].map(([word, count]) => ({
    symbols: [...new TextEncoder().encode(word)].map((byte) => alphabet[byte] as string),
    count,
  }));
  const pairs = new PairCounts();
  for (const word of words) pairs.add(word);
  const learned: [string, string][] = [];
  while (learned.length < merges) {
    const best = pairs.mostFrequent();
    if (best === undefined) break;
    learned.push(best);
    for (const word of pairs.wordsWith(best)) {
      pairs.remove(word);
      mergePair(word.symbols, best);
      pairs.add(word);
    }
  }
  const tokens = [...special, ...alphabet, ...learned.map(([a, b]) => a + b)];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true,
    })), // prettier-ignore
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: special[0], type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      special_tokens: { [String(special[0])]: { id: special[0], ids: [0], tokens: [special[0]] } },
    },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null,
      fuse_unk: false, byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: learned,
    }, // prettier-ignore
  };
}

interface Word {
  readonly symbols: string[];
  readonly count: number;
}

/**
 * Describes how often each pair of neighbours is seen, kept up to date while words change: a merge changes few of them.
 */
class PairCounts {
  private readonly counts = new Map<string, number>();
  private readonly words = new Map<string, Set<Word>>();

  add(word: Word): void {
    for (const pair of pairsOf(word)) {
      this.counts.set(pair, (this.counts.get(pair) ?? 0) + word.count);
      const words = this.words.get(pair) ?? new Set();
      this.words.set(pair, words.add(word));
    }
  }

  remove(word: Word): void {
    for (const pair of pairsOf(word)) {
      this.counts.set(pair, (this.counts.get(pair) ?? 0) - word.count);
      this.words.get(pair)?.delete(word);
    }
  }

  wordsWith(pair: readonly [string, string]): Word[] {
    return [...(this.words.get(pair.join(" ")) ?? [])];
  }

  /** The pair seen most often; ties go to the pair that sorts first, so that training is reproducible. */
  mostFrequent(): [string, string] | undefined {
    let best: string | undefined;
    let most = 1;
    for (const [pair, count] of this.counts) {
      if (count > most || (count === most && best !== undefined && pair < best)) [best, most] = [pair, count];
    }
    return best?.split(" ") as [string, string] | undefined;
  }
}

function pairsOf({ symbols }: Word): string[] {
  return symbols.slice(1).map((right, i) => `${String(symbols[i])} ${right}`);
}

function mergePair(symbols: string[], [left, right]: readonly [string, string]): void {
  for (let i = 0; i + 1 < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) symbols.splice(i, 2, left + right);
  }
}
