/** Writes a Llama checkpoint with a byte-level BPE, such as the built-in one, as a GGUF file in f32 for llama.cpp. */

import { readFileSync, writeFileSync } from "node:fs";
import { openCheckpoint } from "../../src/checkpoints/checkpoint.js";
import { readFloats } from "../../src/checkpoints/files/tensor-values.js";

/** Types of values in a GGUF header, and of tensors. Source: docs/gguf.md of the ggml project. */
const [UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY] = [4, 5, 6, 7, 8, 9];
const F32 = 0;
const ALIGNMENT = 32;
/** Kinds of tokens. */
const [NORMAL, CONTROL] = [1, 3];

interface LlamaConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly vocab_size: number;
  readonly bos_token_id: number;
  readonly eos_token_id: number;
}

/** Names that llama.cpp gives a layer's tensors. */
const LAYER: Readonly<Record<string, string>> = {
  "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}; // prettier-ignore

/**
 * @param folder holds config.json and the weights
 * @param tokenizerFolder holds tokenizer.json
 */
export async function writeGguf(folder: string, tokenizerFolder: string, path: string): Promise<void> {
  const config = JSON.parse(readFileSync(`${folder}/config.json`, "utf8")) as LlamaConfig;
  const checkpoint = await openCheckpoint(folder, tokenizerFolder);
  if (checkpoint.kind !== "weights") throw new Error(`${folder} has no safetensors`);
  const { model } = checkpoint.tokenizerJson as {
    model: { vocab: Record<string, number>; merges: (string | [string, string])[] };
  };
  const added = (checkpoint.tokenizerJson["added_tokens"] ?? []) as { id: number; special: boolean }[];
  const special = new Set(added.filter((token) => token.special).map(({ id }) => id));
  const tokens = Object.entries(model.vocab).sort(([, a], [, b]) => a - b);
  const out = new Bytes();
  const entries: [string, number, () => void][] = [
    text("general.architecture", "llama"),
    text("general.name", "amuro-eval-builtin"),
    number("general.file_type", 0),
    // Servers keep a place for one more token than the window.
    number("llama.context_length", 2 * config.max_position_embeddings),
    number("llama.embedding_length", config.hidden_size),
    number("llama.block_count", config.num_hidden_layers),
    number("llama.feed_forward_length", config.intermediate_size),
    number("llama.attention.head_count", config.num_attention_heads),
    number("llama.attention.head_count_kv", config.num_key_value_heads),
    number("llama.attention.key_length", config.head_dim),
    number("llama.attention.value_length", config.head_dim),
    number("llama.rope.dimension_count", config.head_dim),
    number("llama.vocab_size", config.vocab_size),
    ["llama.attention.layer_norm_rms_epsilon", FLOAT32, () => { out.float(config.rms_norm_eps); }],
    ["llama.rope.freq_base", FLOAT32, () => { out.float(config.rope_theta); }],
    text("tokenizer.ggml.model", "gpt2"),
    text("tokenizer.ggml.pre", "gpt-2"),
    list("tokenizer.ggml.tokens", STRING, tokens.map(([token]) => token), (token) => { out.text(token); }),
    list("tokenizer.ggml.token_type", INT32, tokens.map(([, id]) => (special.has(id) ? CONTROL : NORMAL)), (type) => { out.uint32(type); }),
    list("tokenizer.ggml.merges", STRING, model.merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" "))), (merge) => { out.text(merge); }),
    number("tokenizer.ggml.bos_token_id", config.bos_token_id),
    number("tokenizer.ggml.eos_token_id", config.eos_token_id),
    ["tokenizer.ggml.add_bos_token", BOOL, () => { out.byte(1); }],
  ]; // prettier-ignore
  const tensors = await Promise.all(
    [...checkpoint.tensors.values()]
      .filter(({ name }) => checkpoint.used.has(name))
      .map(async (tensor) => {
        const values = await readFloats(tensor);
        const heads = /q_proj/.test(tensor.name) ? config.num_attention_heads : config.num_key_value_heads;
        const turned = /[qk]_proj/.test(tensor.name) ? interleaved(values, heads, config.head_dim) : values;
        return { name: ggmlName(tensor.name), shape: [...tensor.shape].reverse(), values: turned };
      }),
  );
  out.raw(Buffer.from("GGUF"));
  out.uint32(3);
  out.uint64(tensors.length);
  out.uint64(entries.length);
  for (const [key, type, write] of entries) {
    out.text(key);
    out.uint32(type);
    write();
  }
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    out.text(name);
    out.uint32(shape.length);
    shape.forEach((size) => {
      out.uint64(size);
    });
    out.uint32(F32);
    out.uint64(offset);
    offset += Math.ceil(values.byteLength / ALIGNMENT) * ALIGNMENT;
  }
  for (const { values } of tensors) {
    out.align(ALIGNMENT);
    out.raw(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  out.align(ALIGNMENT);
  writeFileSync(path, out.whole());

  function text(key: string, value: string): [string, number, () => void] {
    return [
      key,
      STRING,
      () => {
        out.text(value);
      },
    ];
  }
  function number(key: string, value: number): [string, number, () => void] {
    return [
      key,
      UINT32,
      () => {
        out.uint32(value);
      },
    ];
  }
  function list<T>(
    key: string,
    type: number,
    values: readonly T[],
    write: (value: T) => void,
  ): [string, number, () => void] {
    return [
      key,
      ARRAY,
      () => {
        out.uint32(type);
        out.uint64(values.length);
        values.forEach(write);
      },
    ];
  }
}

function ggmlName(name: string): string {
  const whole: Readonly<Record<string, string>> = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
  };
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  const found = whole[name] ?? (part === undefined ? undefined : `blk.${String(layer)}.${String(LAYER[part])}.weight`);
  if (found === undefined || found.includes("undefined")) throw new Error(`no name for ${name}`);
  return found;
}

/** Rows of each head in the order of llama.cpp: the two halves that rotate together lie side by side. */
function interleaved(values: Float32Array, heads: number, size: number): Float32Array {
  const columns = values.length / (heads * size);
  const turned = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < size; row++) {
      const from = head * size + (row % 2) * (size / 2) + Math.floor(row / 2);
      turned.set(values.subarray(from * columns, (from + 1) * columns), (head * size + row) * columns);
    }
  }
  return turned;
}

/** Little-endian bytes. */
class Bytes {
  private readonly parts: Buffer[] = [];
  private length = 0;

  raw(bytes: Buffer): void {
    this.parts.push(bytes);
    this.length += bytes.length;
  }
  byte(value: number): void {
    this.raw(Buffer.of(value));
  }
  uint32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.raw(bytes);
  }
  uint64(value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    this.raw(bytes);
  }
  float(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.raw(bytes);
  }
  text(value: string): void {
    const bytes = Buffer.from(value);
    this.uint64(bytes.length);
    this.raw(bytes);
  }
  align(to: number): void {
    this.raw(Buffer.alloc((to - (this.length % to)) % to));
  }
  whole(): Buffer {
    return Buffer.concat(this.parts);
  }
}
