/**
 * Makes a tokenizer.json from a SentencePiece model (tokenizer.model): a protocol buffer of pieces with scores
 * (https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto).
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { textOf } from "../../base/utf8.js";
import { refuseStandIn } from "../files/stand-ins.js";
import { unreadable } from "../files/tensors.js";
import { beginning, withoutJson, type Made } from "./byte-level-bpe.js";
import { fieldsOf, ProtobufError, type Field } from "./protobuf.js";
import { tokenText } from "./token-text.js";
import { GENERAL } from "./tokenizer-class.js";

const FILE = "tokenizer.model";
const TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4 } as const;
const UNIGRAM = 1;
const BPE = 2;

/** Describes a token of a SentencePiece model. */
export interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: number;
}

/** Says how a class of transformers reads a model: what it takes from it, and what it makes up. */
interface Reading {
  /** Names of special tokens, and keys of tokenizer_config.json, that it has without being told. */
  readonly names: Readonly<Record<string, unknown>>;
  /** True where it follows the model's own settings: scores, the space before a text, pieces of the user's own. */
  readonly followsModel?: true;
  readonly prefix?: (config: Json) => PieceOptions["prefix"];
  /** True where a character without a piece has to have pieces for its bytes: it would be left out otherwise. */
  readonly needsBytes?: true;
}

type Json = Readonly<Record<string, unknown>>;

const LLAMA_NAMES = { unk_token: "<unk>", bos_token: "<s>", eos_token: "</s>" };

const READINGS: Readonly<Record<string, Reading>> = {
  LlamaTokenizer: {
    names: LLAMA_NAMES,
    prefix: ({ add_prefix_space: space, legacy }) => (space === false ? "never" : legacy === true ? "always" : "first"),
    needsBytes: true,
  },
  CodeLlamaTokenizer: {
    names: {
      ...LLAMA_NAMES, add_bos_token: true, prefix_token: "▁<PRE>", middle_token: "▁<MID>", suffix_token: "▁<SUF>", eot_token: "▁<EOT>",
      fill_token: "<FILL_ME>", additional_special_tokens: [],
    },
    prefix: ({ add_prefix_space: space }) => (space === false ? "never" : "first"),
  },
  GemmaTokenizer: {
    names: { unk_token: "<unk>", bos_token: "<bos>", eos_token: "<eos>", pad_token: "<pad>", mask_token: "<mask>" },
    prefix: () => "never",
  },
  [GENERAL]: { names: {}, followsModel: true },
}; // prettier-ignore

/**
 * Builds the tokenizer as a class of transformers builds it.
 * @param name of the class
 * @returns undefined where the folder has no such file
 * @throws UserError when it is damaged, or the class reads it in a way that is not supported
 */
export async function sentencePiece(
  folder: string,
  files: readonly string[],
  config: Json,
  name: string,
): Promise<Made | undefined> {
  if (!files.includes(FILE)) return undefined;
  const path = join(folder, FILE);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  refuseStandIn(path, bytes.subarray(0, 64).toString("latin1"));
  const reading = Object.hasOwn(READINGS, name) ? READINGS[name] : undefined;
  if (reading === undefined) throw new UserError(`${path}: ${withoutJson(name)}`);
  try {
    return build(bytes, config, reading);
  } catch (error) {
    if (error instanceof ProtobufError) throw new UserError(`${path}: not a SentencePiece model (${error.message})`);
    throw error instanceof UserError ? new UserError(`${path}: ${error.message}`) : error;
  }
}

const WRITE = "AutoTokenizer.from_pretrained(…).save_pretrained(…) writes it";

function build(bytes: Uint8Array, given: Json, reading: Reading): Made {
  const fields = fieldsOf(bytes);
  const found = fields.filter(({ number }) => number === 1).map((field) => pieceOf(field));
  const message = (number: number) =>
    fields.filter((field) => field.number === number).flatMap(({ bytes: inner }) => fieldsOf(inner));
  const [trainer, normalizer] = [message(2), message(3)];
  const whole = (from: readonly Field[], number: number, fallback: number) =>
    from.findLast((field) => field.number === number)?.value ?? fallback;
  const text = (number: number, fallback: string) => {
    const own = trainer.findLast((field) => field.number === number)?.bytes;
    return own === undefined || own.length === 0 ? fallback : textOf(own, "a name");
  };
  const type = whole(trainer, 3, UNIGRAM);
  if (type === UNIGRAM && found.length > 0)
    throw new UserError(`a unigram model is not supported without tokenizer.json; ${WRITE}`);
  if (found.length === 0 || type !== BPE) throw new ProtobufError("it has no pieces of a BPE model");
  const follows = reading.followsModel === true;
  if (reading.needsBytes === true && !found.some((piece) => piece.text === "<0x00>"))
    throw new UserError(
      `a SentencePiece model without pieces for bytes is not supported without tokenizer.json; ${WRITE}`,
    );
  const charsmap = normalizer.find(({ number }) => number === 2)?.bytes.length ?? 0;
  if (follows && (charsmap > 0 || whole(normalizer, 4, 1) !== 0 || whole(normalizer, 5, 1) === 0))
    throw new UserError(
      `a SentencePiece model that normalises texts is not supported without tokenizer.json; ${WRITE}`,
    );
  const own = follows
    ? { bos_token: text(46, "<s>"), eos_token: text(47, "</s>"), unk_token: text(45, "<unk>") }
    : reading.names;
  const isPrefixed = whole(normalizer, 3, 1) !== 0;
  const config = { ...own, ...(follows && isPrefixed ? withRawTokens(given) : given) };
  const pieces = follows ? renamed(found, config) : found;
  const userDefined = follows
    ? pieces.filter(({ type: kind }) => kind === TYPE.userDefined).map((piece) => piece.text)
    : [];
  const made = bpeOfPieces(pieces, {
    prefix: reading.prefix?.(config) ?? (!isPrefixed ? "never" : config["legacy"] === false ? "first" : "extra"),
    byteFallback: !follows || whole(trainer, 35, 0) !== 0,
    begin: undefined,
    mergesBy: follows ? "normal" : "id",
    whole: userDefined,
  });
  const added = made.added_tokens.filter(({ id }) => isOwn(pieces[id], config, userDefined));
  return { tokenizerJson: { ...made, added_tokens: added }, tokenizerConfig: config };
}

/** Looks for tokens of added_tokens_decoder in the text as it is, so that what follows one has a space before it. */
function withRawTokens(config: Json): Json {
  const { added_tokens_decoder: decoder } = config;
  if (typeof decoder !== "object" || decoder === null) return config;
  const raw = Object.entries(decoder).map(([id, token]: [string, unknown]) => {
    const isObject = typeof token === "object" && token !== null;
    return [id, isObject ? { ...token, normalized: false } : token] as const;
  });
  return { ...config, added_tokens_decoder: Object.fromEntries(raw) };
}

/** Returns pieces with the names that added_tokens_decoder gives them: some releases fill places of their model so. */
function renamed(pieces: readonly Piece[], config: Json): readonly Piece[] {
  const names = new Map(
    Object.entries(config["added_tokens_decoder"] ?? {}).map(([id, token]) => [Number(id), tokenText(token)]),
  );
  const kept = new Set(pieces.filter((_, id) => !names.has(id)).map(({ text }) => text));
  return pieces.map((piece, id) => {
    const name = names.get(id);
    return name === undefined || kept.has(name) ? piece : { ...piece, text: name };
  });
}

/**
 * Tells whether a special piece stands for itself in a text without being named. Further special tokens in the
 * configuration take the place of those of the model, and what is listed by id has the flags that it has there.
 */
function isOwn(piece: Piece | undefined, config: Json, userDefined: readonly string[]): boolean {
  if (piece === undefined || piece.type === TYPE.unknown || config["additional_special_tokens"] !== undefined)
    return false;
  if (userDefined.includes(piece.text)) return false;
  const listed = Object.values(config["added_tokens_decoder"] ?? {});
  return !listed.some((token) => tokenText(token) === piece.text);
}

interface PieceOptions {
  /**
   * Where a space is put before a text: at its beginning, after special tokens too, or nowhere. "extra" puts one there
   * that also stands before a space.
   */
  readonly prefix: "first" | "always" | "extra" | "never";
  /** True where a character without a piece becomes the pieces of its bytes. */
  readonly byteFallback: boolean;
  /** Id of the piece that is put before every text. */
  readonly begin: number | undefined;
  /**
   * Which merge comes first: that of the piece with the best score, or as LlamaTokenizer has it, with the least id;
   * "normal" takes the best score of pieces that are words, and joins no others.
   */
  readonly mergesBy?: "score" | "id" | "normal";
  /** Texts of pieces that are cut out whole and never merged. */
  readonly whole?: readonly string[];
}

/** Returns the tokenizer of a SentencePiece model of kind BPE. */
export function bpeOfPieces(
  pieces: readonly Piece[],
  { prefix, byteFallback, begin, mergesBy = "score", whole = [] }: PieceOptions,
) {
  const unknown = pieces.findIndex((piece) => piece.type === TYPE.unknown);
  const vocab = new Map(pieces.map(({ text }, id) => [text, id]));
  const bos = begin === undefined ? undefined : pieces[begin]?.text;
  return {
    version: "1.0",
    added_tokens: pieces.flatMap(({ text, type: kind }, id) =>
      kind === TYPE.unknown || kind === TYPE.control || kind === TYPE.userDefined
        ? [{ id, content: text, single_word: false, lstrip: false, rstrip: false, normalized: false, special: kind !== TYPE.userDefined }]
        : [],
    ),
    ...(prefix === "extra"
      ? {
          normalizer: {
            type: "Sequence",
            normalizers: [
              { type: "Prepend", prepend: "▁" },
              { type: "Replace", pattern: { String: " " }, content: "▁" },
            ],
          },
          pre_tokenizer: cutOut(null, whole),
        }
      : {
          normalizer: null,
          pre_tokenizer: cutOut({ type: "Metaspace", replacement: "▁", prepend_scheme: prefix, split: false }, whole),
        }),
    post_processor: begin !== undefined && bos !== undefined ? beginning(bos, begin) : null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prefix === "never" ? [] : [{ type: "Strip", content: " ", start: 1, stop: 0 }]),
      ],
    },
    model: {
      type: "BPE", dropout: null, unk_token: pieces[unknown]?.text ?? null, continuing_subword_prefix: null,
      end_of_word_suffix: null, fuse_unk: true, byte_fallback: byteFallback, ignore_merges: whole.length > 0, vocab: Object.fromEntries(vocab),
      merges: mergesOf(pieces, vocab, mergesBy),
    },
  }; // prettier-ignore
}

/** Cuts texts out of what a pre-tokenizer gives, the longest that stands at a place. */
function cutOut(before: object | null, texts: readonly string[]): object | null {
  if (texts.length === 0) return before;
  const longestFirst = [...texts].sort((a, b) => lengthInCharacters(b) - lengthInCharacters(a));
  const pattern = longestFirst.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  const split = { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
  return before === null ? split : { type: "Sequence", pretokenizers: [before, split] };
}

function pieceOf({ bytes }: Field): Piece {
  const fields = fieldsOf(bytes);
  const text = fields.find(({ number }) => number === 1)?.bytes ?? new Uint8Array();
  const score = fields.find(({ number }) => number === 2)?.bytes;
  return {
    text: textOf(text, "a piece"),
    score: score?.length === 4 ? new DataView(score.buffer, score.byteOffset).getFloat32(0, true) : 0,
    type: fields.find(({ number }) => number === 3)?.value ?? 1,
  };
}

/** Returns the merges that make each piece: a SentencePiece model stores scores, not merges. */
function mergesOf(
  pieces: readonly Piece[],
  vocab: ReadonlyMap<string, number>,
  by: "score" | "id" | "normal",
): string[] {
  const merges: { text: string; id: number; score: number; sizes: [number, number] }[] = [];
  for (const [id, { text, score, type }] of pieces.entries()) {
    if (by === "score" && (type === TYPE.unknown || type === TYPE.control)) continue;
    if (by === "normal" && type !== TYPE.normal) continue;
    const joins = (part: string) => {
      const found = vocab.get(part);
      return found === undefined || (by === "normal" && pieces[found]?.type !== TYPE.normal) ? undefined : found;
    };
    const own: { ids: [number, number]; merge: (typeof merges)[number] }[] = [];
    // Sizes count characters, `at` the halves of those that JavaScript stores as two.
    const characters = lengthInCharacters(text);
    for (let at = 0, size = 0; at < text.length; size++) {
      const left = at === 0 ? undefined : joins(text.slice(0, at));
      const right = left === undefined ? undefined : joins(text.slice(at));
      if (left !== undefined && right !== undefined) {
        const merge = `${text.slice(0, at)} ${text.slice(at)}`;
        own.push({ ids: [left, right], merge: { text: merge, id, score, sizes: [size, characters - size] } });
      }
      at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
    }
    own.sort(({ ids: a }, { ids: b }) => a[0] - b[0] || a[1] - b[1]);
    for (const { merge } of own) merges.push(merge);
  }
  // Python's sort in reverse keeps the order of equal elements.
  if (by === "id") merges.sort((a, b) => a.id - b.id || a.sizes[0] - b.sizes[0] || a.sizes[1] - b.sizes[1]);
  else if (by === "normal") merges.sort((a, b) => b.score - a.score || a.id - b.id || a.sizes[0] - b.sizes[0]);
  else merges.sort((a, b) => b.score - a.score || b.sizes[0] - a.sizes[0] || b.sizes[1] - a.sizes[1]);
  return merges.map(({ text }) => text);
}

function lengthInCharacters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return count;
}
