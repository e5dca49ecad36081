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
import { beginning } from "./byte-level-bpe.js";
import { fieldsOf, ProtobufError, type Field } from "./protobuf.js";
import { tokenText } from "./token-text.js";

const FILE = "tokenizer.model";
const TYPE = { unknown: 2, control: 3, userDefined: 4 } as const;
const UNIGRAM = 1;
const BPE = 2;

/** Describes a token of a SentencePiece model. */
export interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: number;
}

/**
 * Builds the tokenizer as transformers builds a LlamaTokenizer.
 * @returns undefined where the folder has no such file
 * @throws UserError when it is damaged, or changes texts in a way that is not supported
 */
export async function sentencePiece(
  folder: string,
  files: readonly string[],
  config: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown> | undefined> {
  if (!files.includes(FILE)) return undefined;
  const path = join(folder, FILE);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  refuseStandIn(path, bytes.subarray(0, 64).toString("latin1"));
  try {
    return build(bytes, config);
  } catch (error) {
    if (error instanceof ProtobufError) throw new UserError(`${path}: not a SentencePiece model (${error.message})`);
    throw error instanceof UserError ? new UserError(`${path}: ${error.message}`) : error;
  }
}

function build(bytes: Uint8Array, config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = fieldsOf(bytes);
  const pieces = fields.filter(({ number }) => number === 1).map((field) => pieceOf(field));
  const message = (number: number) =>
    fields.filter((field) => field.number === number).flatMap(({ bytes: inner }) => fieldsOf(inner));
  const [trainer, normalizer] = [message(2), message(3)];
  const whole = (from: readonly Field[], number: number, fallback: number) =>
    from.findLast((field) => field.number === number)?.value ?? fallback;
  const type = whole(trainer, 3, UNIGRAM);
  if (type === UNIGRAM && pieces.length > 0)
    throw new UserError(
      "a unigram model is not supported without tokenizer.json; AutoTokenizer.from_pretrained(…).save_pretrained(…) writes it",
    );
  if (pieces.length === 0 || type !== BPE) throw new ProtobufError("it has no pieces of a BPE model");
  const charsmap = normalizer.find(({ number }) => number === 2)?.bytes.length ?? 0;
  if (charsmap > 0 || whole(normalizer, 4, 1) !== 0)
    throw new UserError(
      "a SentencePiece model that normalises texts is not supported without tokenizer.json; AutoTokenizer.from_pretrained(…).save_pretrained(…) writes it",
    );
  const prefixed = whole(normalizer, 3, 1) !== 0 && config["add_prefix_space"] !== false;
  // Without the name of a class, transformers builds another tokenizer.
  const hasClass = config["tokenizer_class"] !== undefined;
  const asked = ["add_bos_token", "add_prefix_space", "legacy"].find((key) => config[key] !== undefined);
  if (!hasClass && asked !== undefined)
    throw new UserError(
      `${asked} without tokenizer_class in tokenizer_config.json is not supported; name LlamaTokenizer`,
    );
  const made = bpeOfPieces(pieces, {
    prefix: !hasClass ? "extra" : prefixed ? (config["legacy"] === true ? "always" : "first") : "never",
    byteFallback: whole(trainer, 35, 0) !== 0,
    begin: config["add_bos_token"] === true ? whole(trainer, 41, 1) : undefined,
    mergesBy: hasClass ? "id" : "score",
  });
  return { ...made, added_tokens: made.added_tokens.filter(({ id }) => isOwn(pieces[id], config)) };
}

/**
 * Tells whether a special piece stands for itself in a text without being named. Further special tokens in the
 * configuration take the place of those of the model, and what is listed by id has the flags that it has there.
 */
function isOwn(piece: Piece | undefined, config: Readonly<Record<string, unknown>>): boolean {
  if (piece === undefined || piece.type === TYPE.unknown || config["additional_special_tokens"] !== undefined)
    return false;
  const listed = Object.values(config["added_tokens_decoder"] ?? {});
  return !listed.some((token) => tokenText(token) === piece.text);
}

/** Holds the names that a LlamaTokenizer has without being told. */
export const LLAMA_NAMES = { unk_token: "<unk>", bos_token: "<s>", eos_token: "</s>" };

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
  /** Which merge comes first: that of the piece with the best score, or as LlamaTokenizer has it, with the least id. */
  readonly mergesBy?: "score" | "id";
}

/** Returns the tokenizer of a SentencePiece model of kind BPE. */
export function bpeOfPieces(
  pieces: readonly Piece[],
  { prefix, byteFallback, begin, mergesBy = "score" }: PieceOptions,
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
          pre_tokenizer: null,
        }
      : {
          normalizer: null,
          pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: prefix, split: false },
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
      end_of_word_suffix: null, fuse_unk: true, byte_fallback: byteFallback, vocab: Object.fromEntries(vocab),
      merges: mergesOf(pieces, vocab, mergesBy),
    },
  }; // prettier-ignore
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
function mergesOf(pieces: readonly Piece[], vocab: ReadonlyMap<string, number>, by: "score" | "id"): string[] {
  const merges: { text: string; id: number; score: number; sizes: [number, number] }[] = [];
  for (const [id, { text, score, type }] of pieces.entries()) {
    if (by === "score" && (type === TYPE.unknown || type === TYPE.control)) continue;
    const own: { ids: [number, number]; merge: (typeof merges)[number] }[] = [];
    // Sizes count characters, `at` the halves of those that JavaScript stores as two.
    const characters = lengthInCharacters(text);
    for (let at = 0, size = 0; at < text.length; size++) {
      const left = at === 0 ? undefined : vocab.get(text.slice(0, at));
      const right = left === undefined ? undefined : vocab.get(text.slice(at));
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
  else merges.sort((a, b) => b.score - a.score || b.sizes[0] - a.sizes[0] || b.sizes[1] - a.sizes[1]);
  return merges.map(({ text }) => text);
}

function lengthInCharacters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return count;
}
