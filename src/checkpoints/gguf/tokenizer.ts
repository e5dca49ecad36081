/** Makes a tokenizer.json from the metadata of a GGUF file. */

import { didYouMean, UserError } from "../../base/errors.js";
import { beginning } from "../tokenizers/byte-level-bpe.js";
import type { TokenizerFiles } from "../tokenizers/read-tokenizer.js";
import { bpeOfPieces } from "../tokenizers/sentencepiece.js";
import type { Metadata } from "./header.js";
import { PRE_TOKENIZERS } from "./pre-tokenizers.js";

/** Kinds of tokens, as numbers in the file. */
const TYPE = { normal: 1, control: 3, userDefined: 4 } as const;

/** Names of special tokens in tokenizer_config.json -> in the metadata. */
const NAMED: Readonly<Record<string, string>> = {
  bos_token: "bos", eos_token: "eos", unk_token: "unknown", sep_token: "seperator", pad_token: "padding", mask_token: "mask",
}; // prettier-ignore

/** @throws UserError when the metadata makes no tokenizer, or one of a kind that is not supported */
export function ggufTokenizer(metadata: Metadata, path: string): TokenizerFiles {
  const source = new Source(metadata, path);
  const model = source.text("model");
  const make = model !== undefined && Object.hasOwn(MODELS, model) ? MODELS[model] : undefined;
  if (make === undefined)
    throw new UserError(
      `${path}: a tokenizer of kind "${String(model)}" is not supported; supported: ${Object.keys(MODELS).join(", ")}; ` +
        `put the model's tokenizer.json beside the file`,
    );
  const tokenizerJson = make(source);
  const template = metadata.get("tokenizer.chat_template");
  const named = Object.entries(NAMED).flatMap(([name, key]) => {
    const token = source.tokens[source.number(`${key}_token_id`) ?? -1];
    return token === undefined ? [] : [[name, token] as const];
  });
  return {
    tokenizerJson,
    tokenizerConfig: {
      ...Object.fromEntries<string>(named),
      ...(typeof template === "string" && { chat_template: template }),
    },
  };
}

/** Holds what of the metadata is about the tokenizer. */
class Source {
  readonly tokens: readonly string[];
  readonly types: readonly number[];

  constructor(
    private readonly metadata: Metadata,
    readonly path: string,
  ) {
    this.tokens = this.texts("tokens");
    if (this.tokens.length === 0)
      throw this.fail("its metadata has no tokens; put the model's tokenizer.json beside the file");
    this.types = this.numbers("token_type") ?? this.tokens.map(() => TYPE.normal);
  }

  private value(key: string) {
    return this.metadata.get(`tokenizer.ggml.${key}`);
  }

  text(key: string): string | undefined {
    const value = this.value(key);
    return typeof value === "string" ? value : undefined;
  }

  number(key: string): number | undefined {
    const value = this.value(key);
    return typeof value === "number" ? value : undefined;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.value(key);
    return typeof value === "boolean" ? value : fallback;
  }

  texts(key: string): readonly string[] {
    const value = this.value(key) ?? [];
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
    throw this.fail(`tokenizer.ggml.${key} is not a list of texts; the file is damaged`);
  }

  /** Reads one number a token. */
  numbers(key: string): readonly number[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length === this.tokens.length && value.every((one) => typeof one === "number"))
      return value;
    throw this.fail(
      `tokenizer.ggml.${key} does not have a number for each of ${this.tokens.length} tokens; the file is damaged`,
    );
  }

  /** Returns the id of the token that is put before every text. */
  beginning(fallback: boolean): number | undefined {
    return this.flag("add_bos_token", fallback) ? this.number("bos_token_id") : undefined;
  }

  fail(problem: string): UserError {
    return new UserError(`${this.path}: ${problem}`);
  }
}

const MODELS: Readonly<Record<string, (source: Source) => Record<string, unknown>>> = {
  llama: (source) => {
    const scores = source.numbers("scores");
    if (scores === undefined) throw source.fail("its metadata has no tokenizer.ggml.scores; the file is damaged");
    const pieces = source.tokens.map((text, id) => ({ text, score: scores[id] as number, type: source.types[id] as number }));
    return bpeOfPieces(pieces, {
      prefix: source.flag("add_space_prefix", true) ? "extra" : "never",
      byteFallback: source.tokens.includes("<0x00>"),
      begin: source.beginning(true),
    });
  },
  gpt2: (source) => {
    const name = source.text("pre") ?? "(not said)";
    const pre = Object.hasOwn(PRE_TOKENIZERS, name) ? PRE_TOKENIZERS[name] : undefined;
    if (pre === undefined) {
      const known = Object.keys(PRE_TOKENIZERS);
      throw source.fail(
        `a tokenizer that splits texts as "${name}" is not supported${didYouMean(name, known, 0)}; put the model's tokenizer.json beside the file`,
      );
    }
    const merges = source.texts("merges");
    const wrong = merges.find((merge) => merge.split(" ").length !== 2);
    if (wrong !== undefined) throw source.fail(`tokenizer.ggml.merges: ${JSON.stringify(wrong)} is not a pair of tokens`);
    const begin = source.beginning(pre.begins === true);
    const bos = begin === undefined ? undefined : source.tokens[begin];
    return {
      version: "1.0",
      added_tokens: source.tokens.flatMap((content, id) =>
        source.types[id] === TYPE.control || source.types[id] === TYPE.userDefined
          ? [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: source.types[id] === TYPE.control }]
          : [],
      ),
      normalizer: pre.normalizer ?? null,
      pre_tokenizer: pre.splits,
      post_processor: begin === undefined || bos === undefined ? null : beginning(bos, begin),
      decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false,
        byte_fallback: false, ignore_merges: pre.ignoreMerges === true,
        vocab: Object.fromEntries(source.tokens.map((token, id) => [token, id])), merges,
      },
    };
  },
}; // prettier-ignore
