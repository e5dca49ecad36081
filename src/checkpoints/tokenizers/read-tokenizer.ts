/** Reads the tokenizer of a checkpoint from whichever of its files there are. */

import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { readJson } from "../files/folder.js";
import { expectIndices, withAddedTokens } from "./added-tokens.js";
import { beginning, byteLevelBpe, byteLevelNames } from "./byte-level-bpe.js";
import { sentencePiece } from "./sentencepiece.js";
import { TEKKEN, tekken } from "./tekken.js";
import { tokenText } from "./token-text.js";
import { tokenizerClass } from "./tokenizer-class.js";

const SWITCH = { type: ["boolean", "null"] };
const isTokenizerConfig = compileSchema<Record<string, unknown>>({
  type: "object",
  properties: {
    tokenizer_class: { type: ["string", "null"] },
    add_bos_token: SWITCH,
    add_eos_token: SWITCH,
    add_prefix_space: SWITCH,
    legacy: SWITCH,
    split_special_tokens: SWITCH,
  },
});

/** Lists the files that a tokenizer can be made from, one of these. */
const SOURCES = [["tokenizer.json"], ["vocab.json", "merges.txt"], [TEKKEN], ["tokenizer.model"]];

/** Tells whether a folder with these files holds a tokenizer. */
export function hasTokenizer(files: readonly string[]): boolean {
  return SOURCES.some((source) => source.every((file) => files.includes(file)));
}

/** Says that none of the files is one that a tokenizer can be made from. */
export function noTokenizer(files: readonly string[]): string {
  const none = `no ${SOURCES.map((source) => source.join(" with ")).join(", no ")}`;
  const unread = files.find((file) =>
    /\.(?:spm|tiktoken)$|^(?:spiece|sentencepiece[\w.]*|spm[\w.]*)\.model$/.test(file),
  );
  if (unread === undefined) return none;
  return `${none}; ${unread} is of a kind that is not read here: AutoTokenizer.from_pretrained(…).save_pretrained(…) writes tokenizer.json`;
}

export interface TokenizerFiles {
  readonly tokenizerJson: Record<string, unknown>;
  /** tokenizer_config.json, with what an older special_tokens_map.json adds. */
  readonly tokenizerConfig: Record<string, unknown>;
}

/**
 * Reads tokenizer.json, or makes it from vocab.json and merges.txt, from tekken.json or from tokenizer.model; then adds
 * the tokens that stand in other files.
 * @param config config.json, which tells how some files are read; empty where the tokenizer lies alone
 * @throws UserError naming what is missing, damaged or not supported
 */
export async function readTokenizer(
  folder: string,
  files: readonly string[],
  config: Readonly<Record<string, unknown>>,
): Promise<TokenizerFiles> {
  const given = (await readJson(folder, files, "tokenizer_config.json")) ?? {};
  const ownConfig = validated(isTokenizerConfig, given, join(folder, "tokenizer_config.json"));
  // As in transformers: where the configuration lists added tokens, the older files are not read.
  const isNew = ownConfig["added_tokens_decoder"] !== undefined;
  const map = isNew ? {} : ((await readJson(folder, files, "special_tokens_map.json")) ?? {});
  const legacy = isNew ? {} : ((await readJson(folder, files, "added_tokens.json")) ?? {});
  if (ownConfig["split_special_tokens"] === true)
    throw new UserError(`${folder}: split_special_tokens is not supported (tokenizer_config.json)`);
  const named = { ...ownConfig, ...map, ...extraTokens(ownConfig) };
  const released = await readJson(folder, files, "tokenizer.json");
  const name = tokenizerClass(named, config);
  const names = byteLevelNames(name);
  const made =
    released === undefined
      ? ((await byteLevelBpe(folder, files, named, name)) ??
        (await tekken(folder, files, named)) ??
        (await sentencePiece(folder, files, withoutOlderTokens(ownConfig, named), name)))
      : undefined;
  const { tokenizerJson: json, tokenizerConfig } = made ?? {
    tokenizerJson: released,
    tokenizerConfig: { ...names, ...named },
  };
  if (json === undefined)
    throw new UserError(`${folder}: ${noTokenizer(files)}; put the tokenizer's files beside the weights`);
  expectIndices(json, folder);
  const spaced = names === undefined ? json : withPrefixSpace(json, tokenizerConfig);
  const tokenizerJson = withAddedTokens(spaced, tokenizerConfig, legacy, folder);
  const isOwn = made !== undefined && json["post_processor"] === null && tokenizerConfig["add_bos_token"] === true;
  return { tokenizerJson: isOwn ? withBeginning(tokenizerJson, tokenizerConfig) : tokenizerJson, tokenizerConfig };
}

/** Leaves out further special tokens that only the older file has: no class that reads a tokenizer.model sees them. */
function withoutOlderTokens(
  { additional_special_tokens: own }: Readonly<Record<string, unknown>>,
  { additional_special_tokens: all, ...config }: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const isFromMap = own === undefined && !(Array.isArray(all) && all.length === 0);
  return isFromMap ? config : { ...config, additional_special_tokens: all };
}

/**
 * Returns which further special tokens count, as in transformers: a list of extra_special_tokens in
 * tokenizer_config.json before additional_special_tokens there, and both before those of special_tokens_map.json.
 */
function extraTokens(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { additional_special_tokens: additional, extra_special_tokens: extra } = config;
  if (Array.isArray(extra) && extra.length > 0) return { additional_special_tokens: [] };
  return additional === undefined ? {} : { additional_special_tokens: additional };
}

/** Puts the token that the configuration names before every text, which may be one that only it has. */
function withBeginning(
  json: Record<string, unknown>,
  { bos_token: bos }: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const name = tokenText(bos);
  const added = (json["added_tokens"] ?? []) as readonly { readonly content: string; readonly id: number }[];
  const id = added.find(({ content }) => content === name)?.id;
  return name === undefined || id === undefined ? json : { ...json, post_processor: beginning(name, id) };
}

/** Sets add_prefix_space, which byte-level tokenizers (GPT-2, GPT-NeoX, Qwen 2) take from tokenizer_config.json. */
function withPrefixSpace(
  json: Record<string, unknown>,
  { add_prefix_space: wanted }: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (typeof wanted !== "boolean") return json;
  const { pre_tokenizer: cut } = json;
  const set = (one: unknown) => (isByteLevel(one) ? { ...one, add_prefix_space: wanted } : one);
  if (typeof cut !== "object" || cut === null) return json;
  const parts = "pretokenizers" in cut ? cut.pretokenizers : undefined;
  return { ...json, pre_tokenizer: Array.isArray(parts) ? { ...cut, pretokenizers: parts.map(set) } : set(cut) };
}

function isByteLevel(cut: unknown): cut is Readonly<Record<string, unknown>> {
  return typeof cut === "object" && cut !== null && "type" in cut && cut.type === "ByteLevel";
}
