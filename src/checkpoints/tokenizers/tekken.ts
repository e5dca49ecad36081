/**
 * Makes a tokenizer.json from tekken.json, the file of Mistral's tokenizers: bytes of each token by rank, special
 * tokens, and the regular expression that cuts texts into words (https://github.com/mistralai/mistral-common,
 * Tekkenizer).
 */

import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { readJson } from "../files/folder.js";
import { beginning } from "./byte-level-bpe.js";

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
export const TEKKEN_NAMES = { bos_token: BOS, eos_token: EOS };

/**
 * Builds the tokenizer: a beginning-of-sequence token comes before every text.
 * @returns undefined where the folder has no such file
 * @throws UserError when it is damaged
 */
export async function tekken(folder: string, files: readonly string[]): Promise<Record<string, unknown> | undefined> {
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
  return {
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
  for (const { rank, token_bytes } of vocab) {
    if (rank >= size) continue;
    tokens[rank] = [...Buffer.from(token_bytes, "base64")].map((byte) => shown[byte] as string).join("");
  }
  const known = new Set(tokens);
  const missing = Array.from({ length: Math.max(size, 0) }, (_, rank) => rank).find((rank) => !tokens[rank]);
  if (missing !== undefined || size < 256 || known.size !== size || shown.some((byte) => !known.has(byte))) {
    const what = missing === undefined ? "its tokens are not each another text" : `token ${missing} is missing`;
    throw new UserError(`${path}: ${what}; the file is damaged`);
  }
  return tokens;
}

/** Returns the stand-in of each byte that byte-level tokenizers write (GPT-2's bytes_to_unicode). */
function printableBytes(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(isPrintable ? byte : next++);
  });
}

/** Returns the merge that makes each token out of those of lower rank, as BPE by rank comes to it. */
function mergesOf(tokens: readonly string[]): string[] {
  const ranks = new Map(tokens.map((token, rank) => [token, rank]));
  return tokens.flatMap((token, rank) => {
    const parts = Array.from(token);
    while (parts.length > 2) {
      let [best, at] = [rank, -1];
      for (let i = 0; i + 1 < parts.length; i++) {
        const own = ranks.get(`${parts[i] as string}${parts[i + 1] as string}`) ?? Infinity;
        if (own < best) [best, at] = [own, i];
      }
      if (at < 0) break;
      parts.splice(at, 2, `${parts[at] as string}${parts[at + 1] as string}`);
    }
    return parts.length === 2 ? [parts.join(" ")] : [];
  });
}
