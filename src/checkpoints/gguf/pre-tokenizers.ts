/** Lists ways of splitting a text before BPE, by the name that GGUF files give them (tokenizer.ggml.pre). */

type Json = Readonly<Record<string, unknown>>;

interface PreTokenizerKind {
  readonly splits: Json;
  readonly normalizer?: Json;
  /** True where a beginning-of-sequence token comes before every text unless the file says otherwise. */
  readonly begins?: boolean;
  /** True where a piece that is a token stays one, whatever the merges say. */
  readonly ignoreMerges?: boolean;
}

function byteLevel(useRegex: boolean): Json {
  return { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: useRegex };
}

function sequence(...pretokenizers: readonly Json[]): Json {
  return { type: "Sequence", pretokenizers };
}

function byRegex(regex: string): Json {
  return { type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false };
}

/** Matches the words of GPT-4's tokenizer, with at most so many digits in one. */
function wordsWithDigits(digits: string): Json {
  return byRegex(
    `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  );
}

/**
 * Matches words with upper case only at their beginning: what is before and after the capitals is a word of its own.
 */
function casedWords(contractions: string, digits: string): Json {
  const [upper, lower] = ["[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]", "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"];
  const lead = "[^\\r\\n\\p{L}\\p{N}]?";
  return byRegex(
    `${lead}${upper}*${lower}+${contractions}|${lead}${upper}+${lower}*${contractions}|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  );
}

/** Cuts texts into the words of Qwen 2's tokenizer. */
export const QWEN2_WORDS = wordsWithDigits("");

function overBytes(words: Json): Json {
  return sequence(words, byteLevel(false));
}

const LLAMA3: PreTokenizerKind = { splits: overBytes(wordsWithDigits("{1,3}")), begins: true, ignoreMerges: true };
const NFC: Json = { type: "NFC" };

/**
 * Lists the pre-tokenizers that were compared with a released tokenizer's (test/golden/tokenizers); of tekken, the
 * pattern alone.
 */
export const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizerKind>> = {
  "gpt-2": { splits: byteLevel(true) },
  olmo: { splits: byteLevel(true), normalizer: NFC },
  smollm: { splits: sequence({ type: "Digits", individual_digits: true }, byteLevel(true)) },
  "llama-bpe": LLAMA3,
  // Older names of it.
  llama3: LLAMA3,
  "llama-v3": LLAMA3,
  dbrx: { splits: overBytes(wordsWithDigits("{1,3}")) },
  qwen2: { splits: overBytes(QWEN2_WORDS), normalizer: NFC },
  "gpt-4o": { splits: overBytes(casedWords("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "{1,3}")) },
  tekken: { splits: overBytes(casedWords("", "")), ignoreMerges: true },
};
