/** Opens the checkpoint's own tokenizer (tokenizer.json), run by the tokenizer library of transformers.js. */

import { Tokenizer } from "@huggingface/tokenizers";
import type { Checkpoint } from "../../checkpoints/checkpoint.js";
import type { ModelSpec } from "../../checkpoints/architectures/model-spec.js";
import { messageOf, UserError } from "../../base/errors.js";
import { IncrementalEncoder } from "./incremental-encoder.js";
import { ChatTemplates, chatTemplatesOf } from "./chat-template.js";
import { withReferenceSplits } from "./pre-tokenizer.js";
import { tokenText } from "../../checkpoints/tokenizers/token-text.js";

/** Declares the part of the library that is used. Its own declarations do not resolve under Node's module rules. */
interface TokenizerLibrary {
  /** Undefined where a tokenizer without an unknown token does not know a character. */
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[] };
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  /** Ids that no token has are under undefined. */
  get_vocab(withAddedTokens: boolean): Map<string | undefined, number>;
  get_added_tokens_decoder(): Map<number, unknown>;
}
const TokenizerLibrary = Tokenizer as unknown as new (tokenizer: object, config: object) => TokenizerLibrary;

/** Matches the characters that Python's str.rstrip() takes off; JavaScript's trimEnd differs in a few. */
const TRAILING_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/u; // eslint-disable-line no-control-regex

/** Returns a text without the white space at its end, as Python's rstrip() defines it. */
export function withoutTrailingSpace(text: string): string {
  return text.replace(TRAILING_SPACE, "");
}

/** Encodes contexts and what follows them. */
export interface ContextEncoder {
  /** Token ids of a text, without special tokens around it. */
  encode(text: string): number[];
  /** Token ids of a context; never empty. */
  encodeContext(text: string): number[];
}

/** Holds what of a checkpoint its tokenizer is made of. */
export type TokenizerParts = Pick<
  Checkpoint,
  "folder" | "tokenizerJson" | "tokenizerConfig" | "chatTemplates" | "bosId" | "eosIds"
> &
  (
    | { readonly kind: "onnx" }
    | { readonly kind: "weights"; readonly model: Pick<ModelSpec, "vocabSize"> }
    | { readonly kind: "served"; readonly vocabSize: number | undefined }
  );

/**
 * Opens the tokenizer of a checkpoint.
 * @param tokenizerFolder where its files are, when not with the weights
 * @throws UserError when they do not make a tokenizer
 */
export function openTokenizer(checkpoint: TokenizerParts, tokenizerFolder = checkpoint.folder): TextTokenizer {
  const { folder, tokenizerJson, tokenizerConfig, bosId, eosIds } = checkpoint;
  try {
    const templates = chatTemplatesOf(checkpoint, folder);
    const vocabSize = vocabularyOf(checkpoint);
    const tokenizer = new TextTokenizer(tokenizerJson, tokenizerConfig, bosId ?? eosIds[0], templates, vocabSize);
    tokenizer.checkVocabulary();
    return tokenizer;
  } catch (error) {
    throw new UserError(
      `${tokenizerFolder}/tokenizer.json: cannot be used as a tokenizer (${messageOf(error)}); save it again or copy ` +
        "it from the released checkpoint",
    );
  }
}

/** Counts the tokens that the model knows; undefined where nobody says. */
function vocabularyOf(checkpoint: TokenizerParts): number | undefined {
  if (checkpoint.kind === "weights") return checkpoint.model.vocabSize;
  return checkpoint.kind === "served" ? checkpoint.vocabSize : undefined;
}

/** Tells whether a token may have a line break before other text, so that none can be sure to end there. */
function crossesLines({ model, added_tokens: added }: Readonly<Record<string, unknown>>): boolean {
  const vocabulary = (model as { vocab?: unknown } | undefined)?.vocab;
  const tokens = Array.isArray(vocabulary)
    ? vocabulary.map((entry) => String((entry as unknown[])[0]))
    : Object.keys(vocabulary ?? {});
  const special = Array.isArray(added) ? (added as { content?: unknown; lstrip?: unknown }[]) : [];
  // Byte-level vocabularies write the line break as \u010a, space as \u0120, tab as \u0109, carriage return as \u010d.
  return (
    tokens.some((token) => /[\u010a\n][^\s\u010a\u0120\u0109\u010d\u00c2]/u.test(token)) ||
    special.some(({ content, lstrip }) => lstrip === true || String(content).includes("\n"))
  );
}

/** Encodes and decodes text. Special tokens that the tokenizer's post-processor puts before a text are kept apart. */
export class TextTokenizer implements ContextEncoder {
  private readonly tokenizer: TokenizerLibrary;
  private readonly incremental: IncrementalEncoder;
  /** Ids the post-processor puts before every text (often the beginning-of-sequence token). */
  readonly prefixIds: readonly number[];
  /** Ids that end a generation: the tokenizer's end-of-sequence token, where it has one. */
  readonly eosIds: readonly number[];
  /**
   * For texts that a chat template rendered: special tokens are those of the text, and none are put before it, as in
   * transformers. A template that wants a beginning-of-sequence token writes it.
   */
  readonly rendered: ContextEncoder = {
    encode: (text) => this.encode(text),
    encodeContext: (text) => (text === "" ? this.encodeContext("") : this.encode(text)),
  };

  /**
   * @param fallbackPrefixId used for an empty context when the post-processor adds nothing (BOS, else EOS)
   * @param vocabSize how many tokens the model knows; tokens beyond are refused where a text needs them
   */
  constructor(
    tokenizerJson: Record<string, unknown>,
    tokenizerConfig: Record<string, unknown>,
    private readonly fallbackPrefixId: number | undefined,
    readonly chat = new ChatTemplates(new Map(), {}, "the checkpoint"),
    private readonly vocabSize = Infinity,
  ) {
    this.tokenizer = new TokenizerLibrary(withReferenceSplits(tokenizerJson), tokenizerConfig);
    this.incremental = new IncrementalEncoder((text) => this.idsOf(text, false), !crossesLines(tokenizerJson));
    const plain = this.idsOf("a", false);
    const full = this.idsOf("a", true);
    const start = full.findIndex((_, i) => plain.every((id, j) => full[i + j] === id));
    this.prefixIds = start > 0 ? full.slice(0, start) : [];
    const eos = tokenText(tokenizerConfig["eos_token"]);
    const eosId = eos === undefined ? undefined : this.tokenizer.token_to_id(eos);
    this.eosIds = eosId === undefined ? [] : [eosId];
  }

  /**
   * Returns the token ids of a text, without special tokens around it.
   * @throws UserError where one is none of the model's
   */
  encode(text: string): number[] {
    const ids = text === "" ? [] : this.incremental.encode(text);
    const foreign = ids.find((id) => id >= this.vocabSize);
    if (foreign !== undefined) throw new UserError(`tokenizer.json: ${this.foreign(foreign)}`);
    return ids;
  }

  /** Returns the ids of a text; what has no token is left out, as by the reference. */
  private idsOf(text: string, withSpecial: boolean): number[] {
    return this.tokenizer.encode(text, { add_special_tokens: withSpecial }).ids.filter((id) => id !== undefined);
  }

  /**
   * Checks that the model knows the tokenizer's tokens. Some released tokenizers have special tokens that their model
   * does not know, and no text needs; any other such token is a sign that the two do not belong together.
   * @throws Error naming one
   */
  checkVocabulary(): void {
    const added = new Set(this.tokenizer.get_added_tokens_decoder().keys());
    for (const [token, id] of this.tokenizer.get_vocab(true)) {
      if (id >= this.vocabSize && token !== undefined && !added.has(id)) throw new Error(this.foreign(id));
    }
  }

  /** Returns one more than the largest id of a token. */
  get size(): number {
    let largest = -1;
    for (const [token, id] of this.tokenizer.get_vocab(true)) if (token !== undefined) largest = Math.max(largest, id);
    return largest + 1;
  }

  private foreign(id: number): string {
    const token = JSON.stringify(this.tokenizer.id_to_token(id));
    return `token ${id} (${token}) is beyond the model's ${this.vocabSize} tokens, so it is another checkpoint's tokenizer`;
  }

  /**
   * Returns the token ids of a context: the post-processor's prefix and the text; never empty.
   * @throws UserError where nothing can stand for an empty context
   */
  encodeContext(text: string): number[] {
    const ids = [...this.prefixIds, ...this.encode(text)];
    if (ids.length > 0) return ids;
    const fallback = this.fallbackPrefixId ?? this.eosIds[0];
    if (fallback === undefined) {
      throw new UserError(
        "the tokenizer has no beginning-of-sequence or end-of-sequence token to stand for an empty context",
      );
    }
    return [fallback];
  }

  decode(ids: readonly number[]): string {
    return ids.length === 0
      ? ""
      : this.tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  }

  /**
   * Returns the text of ids that follow a context. Some decoders strip the space at the beginning of a text, so the ids
   * are decoded behind the end of their context.
   */
  decodeAfter(contextIds: readonly number[], ids: readonly number[]): string {
    const tail = contextIds.slice(-8);
    const head = this.decode(tail);
    const whole = this.decode([...tail, ...ids]);
    return whole.startsWith(head) ? whole.slice(head.length) : this.decode(ids);
  }

  /** Returns each id as the vocabulary writes it (with its marks for a leading space), for display. */
  pieces(ids: readonly number[]): string[] {
    return ids.map((id) => this.tokenizer.id_to_token(id) ?? `#${id}`);
  }
}
