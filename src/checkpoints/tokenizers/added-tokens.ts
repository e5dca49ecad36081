/** Adds tokens that a release names outside of tokenizer.json, as transformers does. */

import { UserError } from "../../base/errors.js";
import { tokenText } from "./token-text.js";

type Json = Readonly<Record<string, unknown>>;

const NAMED = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

interface AddedToken {
  readonly content: string;
  /** The id that the release gives it, where it does. */
  readonly id: number | undefined;
  /** True in the lists of tokens by their ids. */
  readonly isListed: boolean;
  readonly flags: Json;
}

/**
 * Adds the tokens of tokenizer_config.json (added_tokens_decoder, additional_special_tokens, bos_token, eos_token, …)
 * and of added_tokens.json that tokenizer.json does not have. A token that the vocabulary has keeps its id; another
 * gets the next free one.
 * @param legacy tokens of added_tokens.json with their ids
 * @throws UserError where a token would get another id than the release says
 */
export function withAddedTokens(
  tokenizerJson: Json,
  config: Json,
  legacy: Json,
  source: string,
): Record<string, unknown> {
  const known = (Array.isArray(tokenizerJson["added_tokens"]) ? tokenizerJson["added_tokens"] : []) as Json[];
  const contents = new Set(known.map(({ content }) => content));
  const lone = [...known, ...candidates(config, legacy).map(({ content, flags }): Json => ({ content, ...flags }))];
  const single = lone.find((token) => token["single_word"] === true);
  if (single !== undefined)
    throw new UserError(
      `${source}: token ${JSON.stringify(single["content"])} counts as a word of its own only (single_word), which is not supported`,
    );
  const named = withLastFlags(candidates(config, legacy)).filter(
    ({ content }) => content !== "" && !contents.has(content),
  );
  if (named.length === 0) return { ...tokenizerJson };
  const vocab = vocabulary(tokenizerJson);
  const added: Json[] = [];
  let next = 1 + Math.max(-1, ...numbers(known.map(({ id }) => id)), largest(vocab.values()));
  for (const { content, id, flags } of named) {
    if (contents.has(content)) continue;
    contents.add(content);
    const own = vocab.get(content);
    const given = own ?? next++;
    if (id !== undefined && id !== given)
      throw new UserError(
        `${source}: token ${id} (${JSON.stringify(content)}) would be token ${given} of this tokenizer; save it again`,
      );
    added.push({
      id: given,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
      ...flags,
    });
  }
  return { ...tokenizerJson, added_tokens: [...known, ...added] };
}

/** Gives a token that is named several times, with no id, the flags of the last of them, as in transformers. */
function withLastFlags(tokens: readonly AddedToken[]): readonly AddedToken[] {
  const listed = new Set(tokens.filter(({ isListed }) => isListed).map(({ content }) => content));
  const last = new Map(tokens.map(({ content, flags }) => [content, flags]));
  return tokens.map((token) =>
    listed.has(token.content) ? token : { ...token, flags: last.get(token.content) ?? token.flags },
  );
}

/** Sets a number of tokens that no vocabulary comes near. */
const MOST_TOKENS = 2 ** 24;

/** @throws UserError where a token's id is no index, or so large that no table of the tokens could be made */
export function expectIndices(tokenizerJson: Json, source: string): void {
  const { model, added_tokens: added } = tokenizerJson;
  const vocab = isObject(model) && isObject(model["vocab"]) ? model["vocab"] : {};
  const own = (Array.isArray(added) ? added : []).map((token: unknown) => {
    const { content, id } = isObject(token) ? token : {};
    if (typeof content === "string") return [content, id] as const;
    throw new UserError(
      `${source}: added_tokens of tokenizer.json holds ${JSON.stringify(token).slice(0, 60)}, which is no token; save the tokenizer again`,
    );
  });
  for (const [token, id] of own) expectIndex(token, id, source);
  for (const token in vocab) expectIndex(token, vocab[token], source);
}

function expectIndex(token: string, id: unknown, source: string): void {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < MOST_TOKENS) return;
  throw new UserError(
    `${source}: token ${JSON.stringify(token)} has the id ${JSON.stringify(id)}, which is no index of a vocabulary; save the tokenizer again`,
  );
}

/** Returns all tokens that are named, in the order in which transformers adds them. */
function candidates(config: Json, legacy: Json): AddedToken[] {
  const byId = Object.entries(isObject(config["added_tokens_decoder"]) ? config["added_tokens_decoder"] : {})
    .map(([id, token]) => ({ id: Number(id), token }))
    .sort((a, b) => a.id - b.id)
    .map(({ id, token }) => ({ content: tokenText(token) ?? "", id, isListed: true, flags: flagsOf(token, false) }));
  const older = Object.entries(legacy)
    .map(([content, id]) => ({
      content,
      id: typeof id === "number" ? id : undefined,
      isListed: true,
      flags: { special: false, normalized: true },
    }))
    .sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
  const special = [
    ...NAMED.map((name) => config[name]),
    ...Object.keys(config)
      .filter((name) => name.endsWith("_token") && !NAMED.includes(name))
      .map((name) => config[name]),
    ...["additional_special_tokens", "extra_special_tokens"].flatMap((name) => {
      const given = config[name];
      if (Array.isArray(given)) return given as unknown[];
      return isObject(given) ? Object.values(given) : [];
    }),
  ].map((token) => ({ content: tokenText(token) ?? "", id: undefined, isListed: false, flags: flagsOf(token, true) }));
  const names = new Set(special.map(({ content }) => content));
  return [
    ...byId,
    ...older.map((token) =>
      names.has(token.content) ? { ...token, flags: { special: true, normalized: false } } : token,
    ),
    ...special,
  ];
}

function flagsOf(token: unknown, special: boolean): Json {
  if (!isObject(token)) return { special };
  const flags = ["single_word", "lstrip", "rstrip", "normalized", "special"].filter(
    (name) => typeof token[name] === "boolean",
  );
  const own = Object.fromEntries<unknown>(flags.map((name) => [name, token[name]] as const));
  return special ? { ...own, special: true } : own;
}

function vocabulary({ model }: Json): Map<string, number> {
  const vocab = isObject(model) ? model["vocab"] : undefined;
  if (Array.isArray(vocab))
    return new Map(vocab.map((entry: unknown, id) => [Array.isArray(entry) ? String(entry[0]) : "", id]));
  return new Map(
    Object.entries(isObject(vocab) ? vocab : {}).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number",
    ),
  );
}

function largest(values: Iterable<number>): number {
  let most = -1;
  for (const value of values) most = Math.max(most, value);
  return most;
}

function numbers(values: readonly unknown[]): number[] {
  return values.filter((value) => typeof value === "number");
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
