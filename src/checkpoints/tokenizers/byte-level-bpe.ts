/** Makes a tokenizer.json from vocab.json and merges.txt, the files of GPT-2's tokenizer. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { tokenText } from "./token-text.js";
import { compileSchema, validated } from "../../base/validation.js";
import { textOf } from "../../base/utf8.js";
import { readJson } from "../files/folder.js";
import { unreadable } from "../files/tensors.js";

const isVocabulary = compileSchema<Record<string, number>>({
  type: "object",
  minProperties: 1,
  additionalProperties: { type: "integer", minimum: 0 },
});

/**
 * Builds the tokenizer as transformers builds a GPT2Tokenizer.
 * @returns undefined where the folder lacks one of the two files
 * @throws UserError when one of them is not what it should be
 */
export async function byteLevelBpe(
  folder: string,
  files: readonly string[],
  config: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown> | undefined> {
  if (!files.includes("vocab.json") || !files.includes("merges.txt")) return undefined;
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
  const bos = tokenText(config["bos_token"]) ?? "<|endoftext|>";
  const bosId = config["bos_token"] !== null && Object.hasOwn(vocab, bos) ? vocab[bos] : undefined;
  return {
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: config["add_prefix_space"] === true, trim_offsets: true, use_regex: true },
    post_processor: config["add_bos_token"] === true && bosId !== undefined ? beginning(bos, bosId) : null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false,
      byte_fallback: false, vocab, merges,
    },
  }; // prettier-ignore
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
