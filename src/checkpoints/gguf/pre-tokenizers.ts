/** Ways of splitting a text before BPE, by the name that GGUF files give them (tokenizer.ggml.pre). */

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
  return sequence({ type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false }, byteLevel(false));
}

/** The words of GPT-4's tokenizer, with at most so many digits in one. */
function wordsWithDigits(digits: string): Json {
  return byRegex(
    `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  );
}

/** Words with upper case only at their beginning: what is before and after the capitals is a word of its own. */
function casedWords(contractions: string, digits: string): Json {
  const [upper, lower] = ["[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]", "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"];
  const lead = "[^\\r\\n\\p{L}\\p{N}]?";
  return byRegex(
    `${lead}${upper}*${lower}+${contractions}|${lead}${upper}+${lower}*${contractions}|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  );
}

const GPT2: PreTokenizerKind = { splits: byteLevel(true) };
const SINGLE_DIGITS: PreTokenizerKind = {
  splits: sequence({ type: "Digits", individual_digits: true }, byteLevel(true)),
};
const LLAMA3: PreTokenizerKind = { splits: wordsWithDigits("{1,3}"), begins: true, ignoreMerges: true };
const NFC: Json = { type: "NFC" };

export const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizerKind>> = {
  "gpt-2": GPT2,
  olmo: GPT2,
  mpt: GPT2,
  "phi-2": GPT2,
  "roberta-bpe": GPT2,
  smollm: SINGLE_DIGITS,
  starcoder: SINGLE_DIGITS,
  refact: SINGLE_DIGITS,
  codeshell: SINGLE_DIGITS,
  "llama-bpe": LLAMA3,
  llama3: LLAMA3,
  "llama-v3": LLAMA3,
  falcon3: LLAMA3,
  dbrx: { splits: wordsWithDigits("{1,3}") },
  "smaug-bpe": { splits: wordsWithDigits("{1,3}") },
  qwen2: { splits: wordsWithDigits(""), normalizer: NFC },
  "deepseek-r1-qwen": { splits: wordsWithDigits("") },
  stablelm2: { splits: wordsWithDigits("") },
  "gpt-4o": { splits: casedWords("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "{1,3}") },
  tekken: { splits: casedWords("", ""), ignoreMerges: true },
  bloom: { splits: byRegex(" ?[^(\\s|[.,!?…。，、।۔،])]+") },
};
