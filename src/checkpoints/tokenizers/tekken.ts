/**
 * Makes a tokenizer.json from tekken.json, the file of Mistral's tokenizers: bytes of each token by rank, special
 * tokens, and the regular expression that cuts texts into words (https://github.com/mistralai/mistral-common,
 * Tekkenizer).
 */

import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { readJson } from "../files/folder.js";
import { beginning, type Made } from "./byte-level-bpe.js";

export const TEKKEN = "tekken.json";

interface Tekken {
  readonly config: {
    readonly pattern: string;
    readonly default_vocab_size: number;
    readonly default_num_special_tokens: number;
  };
  readonly vocab: readonly { readonly rank: number; readonly token_bytes: string }[];
  readonly special_tokens?: readonly { readonly rank: number; readonly token_str: string }[] | null;
}

const count = { type: "integer", minimum: 0, maximum: 2 ** 24 };
const isTekken = compileSchema<Tekken>({
  type: "object",
  required: ["config", "vocab"],
  properties: {
    config: {
      type: "object",
      required: ["pattern", "default_vocab_size", "default_num_special_tokens"],
      properties: {
        pattern: { type: "string" },
        default_vocab_size: count,
        default_num_special_tokens: { ...count, maximum: 2 ** 16 },
      },
    },
    vocab: {
      type: "array",
      items: {
        type: "object",
        required: ["rank", "token_bytes"],
        properties: { rank: count, token_bytes: { type: "string" } },
      },
    },
    special_tokens: {
      type: ["array", "null"],
      items: {
        type: "object",
        required: ["rank", "token_str"],
        properties: { rank: count, token_str: { type: "string" } },
      },
    },
  },
});

/** Lists the special tokens of files that name none: the older ones. */
const OLDER_SPECIAL = [
  "<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]",
  "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]",
  "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]",
]; // prettier-ignore
const [BOS, EOS] = ["<s>", "</s>"];

/** Names the special tokens where no tokenizer_config.json does. */
const TEKKEN_NAMES = { bos_token: BOS, eos_token: EOS };

/**
 * Builds the tokenizer: a beginning-of-sequence token comes before every text.
 * @returns undefined where the folder has no such file
 * @throws UserError when it is damaged
 */
export async function tekken(
  folder: string,
  files: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<Made | undefined> {
  const json = await readJson(folder, files, TEKKEN);
  if (json === undefined) return undefined;
  const path = join(folder, TEKKEN);
  const { config, vocab: all, special_tokens } = validated(isTekken, json, path);
  const reserved = config.default_num_special_tokens;
  const special = specialTokens(special_tokens, reserved, path);
  const size = config.default_vocab_size - reserved;
  if (size > all.length)
    throw new UserError(
      `${path}: ${all.length} tokens, where config.default_vocab_size needs ${size}; the file is damaged`,
    );
  const tokens = tokensByRank(all, size, path);
  const bos = special.indexOf(BOS);
  const tokenizerJson = {
    version: "1.0",
    added_tokens: special.map((content, id) => ({
      id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: config.pattern }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: bos < 0 ? null : beginning(BOS, bos),
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false,
      byte_fallback: false, ignore_merges: true, merges: mergesOf(tokens),
      vocab: Object.fromEntries([...special, ...tokens].map((token, id) => [token, id])),
    },
  }; // prettier-ignore
  return { tokenizerJson, tokenizerConfig: { ...TEKKEN_NAMES, ...given } };
}

/** Returns the special tokens by id; ids that nobody names get a name of their own. */
function specialTokens(named: Tekken["special_tokens"], reserved: number, path: string): string[] {
  const texts = new Map((named ?? OLDER_SPECIAL.map((token_str, rank) => ({ token_str, rank })).slice(0, reserved)).map(({ rank, token_str }) => [rank, token_str])); // prettier-ignore
  const beyond = [...texts.keys()].find((rank) => rank >= reserved);
  if (beyond !== undefined) {
    throw new UserError(
      `${path}: special token ${beyond} ("${texts.get(beyond) ?? ""}") is beyond the ${reserved} that config.default_num_special_tokens has room for; the file is damaged`,
    );
  }
  return Array.from({ length: reserved }, (_, id) => texts.get(id) ?? `<SPECIAL_${id}>`);
}

/** Returns the first `size` tokens, their bytes written as printable characters. */
function tokensByRank(vocab: Tekken["vocab"], size: number, path: string): string[] {
  const shown = printableBytes();
  const tokens: string[] = [];
  const stand = (byte: string) => shown[byte.charCodeAt(0)] as string;
  // One place for the bytes of all: a buffer for each takes most of the time.
  const bytes = Buffer.alloc(vocab.reduce((most, { token_bytes: { length } }) => Math.max(most, length), 0));
  for (const { rank, token_bytes } of vocab) {
    if (rank >= size) continue;
    tokens[rank] = bytes.toString("latin1", 0, bytes.write(token_bytes, "base64")).replace(UNPRINTABLE, stand);
  }
  const known = new Set(tokens);
  const missing = Array.from({ length: Math.max(size, 0) }, (_, rank) => rank).find((rank) => !tokens[rank]);
  if (missing !== undefined || size < 256 || known.size !== size || shown.some((byte) => !known.has(byte))) {
    const what = missing === undefined ? "its tokens are not each another text" : `token ${missing} is missing`;
    throw new UserError(`${path}: ${what}; the file is damaged`);
  }
  return tokens;
}

/** Matches bytes that have a stand-in. */
const UNPRINTABLE = /[^!-~\xa1-\xac\xae-\xff]/g;

/** Returns the stand-in of each byte that byte-level tokenizers write (GPT-2's bytes_to_unicode). */
function printableBytes(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(isPrintable ? byte : next++);
  });
}

/**
 * Returns the merge that makes each token out of those of lower rank, as BPE by rank comes to it. Two neighbours that
 * make a token are those of its own merge: whatever stands around them, merges within them come in the same order.
 */
function mergesOf(tokens: readonly string[]): string[] {
  const single = new Int32Array(2 ** 16);
  for (const [rank, token] of tokens.entries()) if (token.length === 1) single[token.charCodeAt(0)] = rank;
  const ranks = new PairRanks(tokens.length);
  const longest = tokens.reduce((most, { length }) => Math.max(most, length), 0);
  // Ranks of the parts of one token, and of each with the next.
  const [parts, together] = [new Int32Array(longest), new Int32Array(longest)];
  const rankAt = (part: number) => ranks.get(parts[part] as number, parts[part + 1] as number);
  const merges: string[] = [];
  for (let rank = 0; rank < tokens.length; rank++) {
    const token = tokens[rank] as string;
    let count = token.length;
    for (let i = 0; i < count; i++) parts[i] = single[token.charCodeAt(i)] as number;
    for (let i = 0; count > 2 && i + 1 < count; i++) together[i] = rankAt(i);
    while (count > 2) {
      let at = 0;
      for (let i = 1; i + 1 < count; i++) if ((together[i] as number) < (together[at] as number)) at = i;
      if (together[at] === NOTHING) break;
      parts[at] = together[at] as number;
      parts.copyWithin(at + 1, at + 2, count);
      together.copyWithin(at, at + 1, count - 1);
      count--;
      if (at > 0) together[at - 1] = rankAt(at - 1);
      if (at + 1 < count) together[at] = rankAt(at);
    }
    if (count !== 2) continue;
    const [left, right] = parts as unknown as readonly [number, number];
    merges.push(`${tokens[left] as string} ${tokens[right] as string}`);
    ranks.set(left, right, rank);
  }
  return merges;
}

/** Stands for the rank of a pair that makes nothing. */
const NOTHING = 2 ** 31 - 1;

/** Holds what pairs of tokens make: a table with open addressing, since texts as keys take seconds. */
class PairRanks {
  private readonly mask: number;
  /** Left, right and what they make, three numbers a place; a left one of -1 is no pair. */
  private readonly places: Int32Array;

  /** @param most pairs that are set at most */
  constructor(most: number) {
    const size = 2 ** Math.ceil(Math.log2(2 * most + 1));
    this.mask = size - 1;
    this.places = new Int32Array(3 * size).fill(-1);
  }

  set(left: number, right: number, rank: number): void {
    const place = this.placeOf(left, right);
    this.places[place] = left;
    this.places[place + 1] = right;
    this.places[place + 2] = rank;
  }

  get(left: number, right: number): number {
    const place = this.placeOf(left, right);
    return this.places[place] === -1 ? NOTHING : (this.places[place + 2] as number);
  }

  private placeOf(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    slot ^= slot >>> 15;
    for (; ; slot++) {
      const place = 3 * (slot & this.mask);
      const there = this.places[place];
      if (there === -1 || (there === left && this.places[place + 1] === right)) return place;
    }
  }
}
