/**
 * Tiny Llama checkpoints with seeded random weights and a byte-level BPE trained on a few sentences: real folders that
 * the engine opens like any other, in every storage form it claims to read.
 */

import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { trainByteLevelBpe } from "../../scripts/pretrain-builtin/bpe-trainer.js";
import { FLOAT8_VALUES, isFloat8, type Float8 } from "../../src/checkpoints/files/float8.js";
import { randomStream } from "../../src/base/random.js";

export type StoredDtype = "F64" | "F32" | "F16" | "BF16" | Float8;

export interface TinyOptions {
  readonly seed?: number;
  readonly dtype?: StoredDtype;
  /** More than one: shards with model.safetensors.index.json. */
  readonly shards?: number;
  readonly tied?: boolean;
  readonly layers?: number;
  readonly heads?: number;
  readonly kvHeads?: number;
  readonly headDim?: number;
  readonly hidden?: number;
  readonly window?: number;
  readonly attentionBias?: boolean;
  readonly mlpBias?: boolean;
  /** Adds `by` to one element of one tensor. */
  readonly perturb?: { readonly tensor: string; readonly index: number; readonly by: number };
  /** Ids whose row of an untied head is zero, so that they are never the most probable. */
  readonly muted?: readonly number[];
  /** Spaces added to the header: an odd number puts the data at odd offsets. */
  readonly headerPadding?: number;
  /**
   * `links`: the hub cache's layout, where the folder holds symbolic links into a folder of blobs; `scattered`: each
   * into another.
   */
  readonly layout?: "files" | "links" | "scattered";
  /** False leaves out the tokenizer's post-processor, which puts <s> before every text. */
  readonly prependBos?: boolean;
  /** Merged into config.json. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Merged into tokenizer_config.json. */
  readonly tokenizerConfig?: Readonly<Record<string, unknown>>;
  /** Written as generation_config.json. */
  readonly generationConfig?: Readonly<Record<string, unknown>>;
}

/** Describes a tensor to store. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const SENTENCES = [
  "The happy cat was very happy, and the happier dog was the happiest of all.",
  "Question: is the answer true or false?\nAnswer: true",
  "Question: which of these is a colour? A. red B. seven C. running\nAnswer: A",
  "A B C, A. B. C: answer A, answer B, answer C; A or B or C, not A, not B, not C.",
  "Once upon a time there was a little girl who loved to play outside in the park.",
  "Déjà vu: 3.14 is not 22/7; naïve answers aren't always wrong, they're only early.",
];

/** Special tokens, control characters and parts of longer UTF-8 sequences; muted, a model writes printable ASCII. */
export const UNPRINTABLE_IDS = [
  0,
  1,
  ...[...Array(256).keys()].filter((byte) => byte < 32 || byte > 126).map((byte) => byte + 2),
];

/** Returns the tokenizer of every tiny checkpoint: <s> is 0, </s> is 1, then the bytes, then merges. */
export function tinyTokenizer(): Record<string, unknown> {
  return trainByteLevelBpe(SENTENCES, 120, ["<s>", "</s>"]);
}

/** config.json of a tiny checkpoint, before `options.config` is merged into it. */
export function tinyConfig(options: TinyOptions = {}): TinyShape {
  const heads = options.heads ?? 4;
  const hidden = options.hidden ?? 32;
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_act: "silu",
    vocab_size: Object.keys((tinyTokenizer()["model"] as { vocab: object }).vocab).length,
    hidden_size: hidden,
    intermediate_size: 56,
    num_hidden_layers: options.layers ?? 2,
    num_attention_heads: heads,
    num_key_value_heads: options.kvHeads ?? 2,
    head_dim: options.headDim ?? hidden / heads,
    max_position_embeddings: options.window ?? 128,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: options.tied ?? true,
    bos_token_id: 0,
    eos_token_id: 1,
  };
}

interface TinyShape extends Readonly<Record<string, unknown>> {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly tie_word_embeddings: boolean;
}

const TOKENIZER_CONFIG = { tokenizer_class: "PreTrainedTokenizerFast", eos_token: "</s>" };

/** Writes the folder (it is made when missing) and returns it. */
export async function writeTinyCheckpoint(folder: string, options: TinyOptions = {}): Promise<string> {
  const config = tinyConfig(options);
  const tokenizer = tinyTokenizer();
  if (options.prependBos === false) tokenizer["post_processor"] = null;
  const files = new Map<string, Uint8Array | string>([
    ["config.json", JSON.stringify({ ...config, ...options.config }, null, 2)],
    ["tokenizer.json", JSON.stringify(tokenizer)],
    ["tokenizer_config.json", JSON.stringify({ ...TOKENIZER_CONFIG, ...options.tokenizerConfig })],
  ]);
  if (options.generationConfig) files.set("generation_config.json", JSON.stringify(options.generationConfig));
  const tensors = tinyTensors(config, options);
  const padding = options.headerPadding ?? 0;
  const shards = options.shards ?? 1;
  if (shards === 1) {
    files.set("model.safetensors", encodeSafetensors(tensors, padding));
  } else {
    const weightMap: Record<string, string> = {};
    for (let shard = 0; shard < shards; shard++) {
      const name = `model-0000${shard + 1}-of-0000${shards}.safetensors`;
      const own = tensors.filter((_, i) => i % shards === shard);
      for (const tensor of own) weightMap[tensor.name] = name;
      files.set(name, encodeSafetensors(own, padding));
    }
    files.set("model.safetensors.index.json", JSON.stringify({ metadata: {}, weight_map: weightMap }));
  }
  await mkdir(folder, { recursive: true });
  const { layout } = options;
  let blob = 0;
  for (const [name, content] of files) {
    if (layout === "links" || layout === "scattered") {
      const blobs = join(folder, "..", layout === "links" ? "blobs" : `blobs${blob}/deeper${blob}`);
      await mkdir(blobs, { recursive: true });
      const target = join(blobs, `blob${blob++}`);
      await writeFile(target, content);
      await symlink(relative(folder, target), join(folder, name));
    } else {
      await writeFile(join(folder, name), content);
    }
  }
  return folder;
}

/** Returns the tensors of a tiny checkpoint, in the order they are stored. */
export function tinyTensors(config: TinyShape, options: TinyOptions = {}): StoredTensor[] {
  const { hidden_size: hidden, intermediate_size: inner, vocab_size: vocab, head_dim: headDim } = config;
  const queryWidth = config.num_attention_heads * headDim;
  const keyWidth = config.num_key_value_heads * headDim;
  const shapes: [string, number[]][] = [["model.embed_tokens.weight", [vocab, hidden]]];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const prefix = `model.layers.${layer}`;
    const linear = (name: string, out: number, into: number, bias = false) => {
      shapes.push([`${prefix}.${name}.weight`, [out, into]]);
      if (bias) shapes.push([`${prefix}.${name}.bias`, [out]]);
    };
    shapes.push([`${prefix}.input_layernorm.weight`, [hidden]]);
    linear("self_attn.q_proj", queryWidth, hidden, options.attentionBias);
    linear("self_attn.k_proj", keyWidth, hidden, options.attentionBias);
    linear("self_attn.v_proj", keyWidth, hidden, options.attentionBias);
    linear("self_attn.o_proj", hidden, queryWidth, options.attentionBias);
    shapes.push([`${prefix}.post_attention_layernorm.weight`, [hidden]]);
    linear("mlp.gate_proj", inner, hidden, options.mlpBias);
    linear("mlp.up_proj", inner, hidden, options.mlpBias);
    linear("mlp.down_proj", hidden, inner, options.mlpBias);
  }
  shapes.push(["model.norm.weight", [hidden]]);
  if (!config.tie_word_embeddings) shapes.push(["lm_head.weight", [vocab, hidden]]);

  const random = randomStream("tiny", options.seed ?? 1);
  const dtype = options.dtype ?? "F32";
  return shapes.map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    // Norm weights lie around one; the others are large enough that attention and head are far from uniform.
    const isNorm = name.endsWith("norm.weight");
    const bound = isNorm ? 0.3 : 2.5 / Math.sqrt(shape.at(-1) ?? 1);
    const values = Float32Array.from({ length: size }, () => (isNorm ? 1 : 0) + (2 * random() - 1) * bound);
    const { perturb } = options;
    if (perturb?.tensor === name) values[perturb.index] = (values[perturb.index] ?? 0) + perturb.by;
    if (name === "lm_head.weight") {
      for (const id of options.muted ?? []) values.fill(0, id * hidden, (id + 1) * hidden);
    }
    return { name, dtype, shape, bytes: encodeFloats(values, dtype) };
  });
}

/** Returns a safetensors file. */
export function encodeSafetensors(tensors: readonly StoredTensor[], headerPadding = 0): Buffer {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  return withHeader(
    Buffer.from(JSON.stringify(header) + " ".repeat(headerPadding)),
    Buffer.concat(tensors.map(({ bytes }) => bytes)),
  );
}

/** Returns a safetensors file from header bytes, whatever they are, and data. */
export function withHeader(header: Uint8Array, data: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

/** Values in a storage type. */
export function encodeFloats(values: Float32Array, dtype: StoredDtype): Uint8Array {
  if (dtype === "F32") return new Uint8Array(values.buffer);
  // Not numbers of f32 any more.
  if (dtype === "F64") return new Uint8Array(Float64Array.from(values, (value) => value * (1 + 2 ** -30)).buffer);
  if (isFloat8(dtype)) return Uint8Array.from(values, (value) => nearestCode(value, FLOAT8_VALUES[dtype]));
  const encode = dtype === "F16" ? toHalf : toBfloat16;
  return new Uint8Array(Uint16Array.from(values, encode).buffer);
}

/** Returns the code of the finite value that is nearest. */
function nearestCode(value: number, values: Float32Array): number {
  let best = 0;
  values.forEach((one, code) => {
    if (Math.abs(one - value) < Math.abs((values[best] as number) - value)) best = code;
  });
  return best;
}

/** Returns the upper half of the f32, rounded to nearest even. */
function toBfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** IEEE half precision, rounded to nearest (ties away from zero); tiny weights never overflow it. */
function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  // A fraction that rounds up to 1024 carries into the exponent, which is what the sum does.
  return sign | (((exponent + 15) << 10) + Math.round((size / 2 ** exponent - 1) * 1024));
}
