/** Makes a tokenizer.json from vocab.json and merges.txt, the files of GPT-2's tokenizer and of those after it. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { QWEN2_WORDS } from "../gguf/pre-tokenizers.js";
import { tokenText } from "./token-text.js";
import { GENERAL } from "./tokenizer-class.js";
import { compileSchema, validated } from "../../base/validation.js";
import { textOf } from "../../base/utf8.js";
import { readJson } from "../files/folder.js";
import { unreadable } from "../files/tensors.js";

const isVocabulary = compileSchema<Record<string, number>>({
  type: "object",
  minProperties: 1,
  additionalProperties: { type: "integer", minimum: 0 },
});

/** Says how a class of transformers cuts texts, and what special tokens it has without being told. */
interface Shape {
  readonly splits: (addPrefixSpace: boolean) => Readonly<Record<string, unknown>>;
  readonly normalizer: Readonly<Record<string, unknown>> | null;
  readonly names: Readonly<Record<string, unknown>>;
}

const GPT2_NAMES = { bos_token: "<|endoftext|>", eos_token: "<|endoftext|>", unk_token: "<|endoftext|>" };

const NFC = { type: "NFC" };
const GPT2: Shape = {
  splits: (addPrefixSpace) => ({ type: "ByteLevel", add_prefix_space: addPrefixSpace, trim_offsets: true, use_regex: true }),
  normalizer: null,
  names: GPT2_NAMES,
}; // prettier-ignore

const SHAPES: Readonly<Record<string, Shape>> = {
  GPT2Tokenizer: GPT2,
  CodeGenTokenizer: GPT2,
  // Where transformers has no class for the files, they are what they were first written for.
  [GENERAL]: GPT2,
  GPTNeoXTokenizer: { ...GPT2, normalizer: NFC, names: { ...GPT2_NAMES, pad_token: "<|padding|>" } },
  Qwen2Tokenizer: {
    splits: (addPrefixSpace) => ({
      type: "Sequence",
      pretokenizers: [QWEN2_WORDS, { type: "ByteLevel", add_prefix_space: addPrefixSpace, trim_offsets: true, use_regex: false }],
    }),
    normalizer: NFC,
    names: { ...GPT2_NAMES, bos_token: null, pad_token: "<|endoftext|>" },
  },
}; // prettier-ignore

/** Returns the special tokens that a class has without being told; undefined for one that is not of this kind. */
export function byteLevelNames(name: string): Readonly<Record<string, unknown>> | undefined {
  return name !== GENERAL && Object.hasOwn(SHAPES, name) ? SHAPES[name]?.names : undefined;
}

/** Holds a tokenizer that was made, and its configuration with the names that it has without being told. */
export interface Made {
  readonly tokenizerJson: Record<string, unknown>;
  readonly tokenizerConfig: Readonly<Record<string, unknown>>;
}

/**
 * Builds the tokenizer as a class of transformers builds it.
 * @param name of the class
 * @returns undefined where the folder lacks one of the two files
 * @throws UserError when one of them is not what it should be
 */
export async function byteLevelBpe(
  folder: string,
  files: readonly string[],
  given: Readonly<Record<string, unknown>>,
  name: string,
): Promise<Made | undefined> {
  if (!files.includes("vocab.json") || !files.includes("merges.txt")) return undefined;
  const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
  if (shape === undefined) throw new UserError(`${join(folder, "vocab.json")}: ${withoutJson(name)}`);
  const config = { ...shape.names, ...given };
  const vocab = validated(isVocabulary, await readJson(folder, files, "vocab.json"), join(folder, "vocab.json"));
  const path = join(folder, "merges.txt");
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const merges = textOf(bytes, path)
    .split(/\r?\n/)
    .filter((line) => line !== "" && !line.startsWith("#version"));
  const wrong = merges.find((line) => line.split(" ").length !== 2);
  if (wrong !== undefined) throw new UserError(`${path}: the line ${JSON.stringify(wrong)} is not a pair of tokens`);
  const bos = tokenText(config["bos_token"]);
  const bosId = bos !== undefined && Object.hasOwn(vocab, bos) ? vocab[bos] : undefined;
  const begins = config["add_bos_token"] === true && bos !== undefined && bosId !== undefined;
  const tokenizerJson = {
    version: "1.0",
    added_tokens: [],
    normalizer: shape.normalizer,
    pre_tokenizer: shape.splits(config["add_prefix_space"] === true),
    post_processor: begins ? beginning(bos, bosId) : null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false,
      byte_fallback: false, vocab, merges,
    },
  }; // prettier-ignore
  return { tokenizerJson, tokenizerConfig: config };
}

/** Says that a class needs tokenizer.json. */
export function withoutJson(name: string): string {
  return `a ${name} is not supported without tokenizer.json; AutoTokenizer.from_pretrained(…).save_pretrained(…) writes it`;
}

/** Returns the post-processor that puts a token before every text. */
export function beginning(token: string, id: number): Record<string, unknown> {
  const text = { Sequence: { id: "A", type_id: 0 } };
  return {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: token, type_id: 0 } }, text],
    pair: [],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}
