/**
 * Provides a Llama forward pass in float64, written from the definitions, one row at a time and with nothing shared
 * with the engine but the location of each tensor: the yardstick for every other path.
 */

import { readFileSync } from "node:fs";
import type { WeightsCheckpoint } from "../../src/checkpoints/checkpoint.js";
import type { TensorLocation } from "../../src/checkpoints/files/tensors.js";
import { isFloat8 } from "../../src/checkpoints/files/float8.js";
import float8 from "../golden/float8/golden.json" with { type: "json" };

type Vector = Float64Array<ArrayBuffer>;

/** Describes the keys of config.json that a plain Llama needs. */
interface LlamaConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly tie_word_embeddings: boolean;
}

/** Reads config.json, with transformers' defaults. */
export function llamaConfig(folder: string): LlamaConfig {
  const config = JSON.parse(readFileSync(`${folder}/config.json`, "utf8")) as Record<string, unknown>;
  const heads = Number(config["num_attention_heads"]);
  const headDim = Number(config["hidden_size"]) / heads;
  const defaults = { num_key_value_heads: heads, head_dim: headDim, rms_norm_eps: 1e-6, rope_theta: 10000 };
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  return { ...defaults, ...given } as unknown as LlamaConfig;
}

export class ReferenceModel {
  private readonly tensors = new Map<string, Vector>();
  private readonly config: LlamaConfig;

  constructor(checkpoint: WeightsCheckpoint) {
    this.config = llamaConfig(checkpoint.folder);
    const files = new Map<string, Buffer>();
    for (const tensor of checkpoint.tensors.values()) {
      const file = files.get(tensor.file) ?? readFileSync(tensor.file);
      files.set(tensor.file, file);
      this.tensors.set(tensor.name, decodeTensor(file, tensor));
    }
  }

  /** Log-probabilities (nats) of the next token after every position. */
  logprobs(ids: readonly number[]): Vector[] {
    const { config } = this;
    const { head_dim: headDim, num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
    const embedding = this.tensor("model.embed_tokens.weight");
    let hidden = ids.map((id) => embedding.slice(id * config.hidden_size, (id + 1) * config.hidden_size));
    for (let layer = 0; layer < config.num_hidden_layers; layer++) {
      const prefix = `model.layers.${layer}`;
      const normed = hidden.map((x) => this.rmsNorm(x, `${prefix}.input_layernorm.weight`));
      const project = (name: string) => normed.map((x) => this.linear(x, `${prefix}.self_attn.${name}`));
      const queries = project("q_proj").map((x, position) => this.rotate(x, position));
      const keys = project("k_proj").map((x, position) => this.rotate(x, position));
      const values = project("v_proj");
      hidden = hidden.map((x, position) => {
        const mixed = new Float64Array(heads * headDim);
        for (let head = 0; head < heads; head++) {
          const kvHead = Math.floor(head / (heads / kvHeads));
          const query = part(at(queries, position), head, headDim);
          const scores = Float64Array.from(
            { length: position + 1 },
            (_, t) => dot(query, part(at(keys, t), kvHead, headDim)) / Math.sqrt(headDim),
          );
          logSoftmax(scores).forEach((logWeight, t) => {
            part(at(values, t), kvHead, headDim).forEach((value, d) => {
              mixed[head * headDim + d] = (mixed[head * headDim + d] ?? NaN) + Math.exp(logWeight) * value;
            });
          });
        }
        return add(x, this.linear(mixed, `${prefix}.self_attn.o_proj`));
      });
      hidden = hidden.map((x) => {
        const y = this.rmsNorm(x, `${prefix}.post_attention_layernorm.weight`);
        const gate = this.linear(y, `${prefix}.mlp.gate_proj`);
        const up = this.linear(y, `${prefix}.mlp.up_proj`);
        const activated = gate.map((value, i) => (value / (1 + Math.exp(-value))) * at(up, i));
        return add(x, this.linear(activated, `${prefix}.mlp.down_proj`));
      });
    }
    const head = config.tie_word_embeddings ? "model.embed_tokens" : "lm_head";
    return hidden.map((x) => logSoftmax(this.linear(this.rmsNorm(x, "model.norm.weight"), head)));
  }

  /** Log-probabilities of the continuation's tokens, and whether each is the most probable one. */
  score(contextIds: readonly number[], continuationIds: readonly number[]): { logprobs: number[]; greedy: boolean } {
    const rows = this.logprobs([...contextIds, ...continuationIds].slice(0, -1)).slice(-continuationIds.length);
    return {
      logprobs: continuationIds.map((id, i) => at(at(rows, i), id)),
      greedy: continuationIds.every((id, i) => argMax(at(rows, i)) === id),
    };
  }

  /** Greedy continuation, recomputed from the beginning at every step; an id of `eosIds` ends it. */
  greedy(contextIds: readonly number[], maxNewTokens: number, eosIds: readonly number[] = []): number[] {
    const generated: number[] = [];
    while (generated.length < maxNewTokens) {
      const next = argMax(at(this.logprobs([...contextIds, ...generated]), contextIds.length + generated.length - 1));
      generated.push(next);
      if (eosIds.includes(next)) break;
    }
    return generated;
  }

  private tensor(name: string): Vector {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new Error(`no tensor ${name}`);
    return tensor;
  }

  private rmsNorm(x: Vector, weight: string): Vector {
    const scale = 1 / Math.sqrt(dot(x, x) / x.length + this.config.rms_norm_eps);
    const weights = this.tensor(weight);
    return x.map((value, i) => value * scale * at(weights, i));
  }

  /** W x + b with W stored [out, in]. */
  private linear(x: Vector, name: string): Vector {
    const weights = this.tensor(`${name}.weight`);
    const bias = this.tensors.get(`${name}.bias`);
    return Float64Array.from(
      { length: weights.length / x.length },
      (_, row) => dot(x, weights.subarray(row * x.length, (row + 1) * x.length)) + (bias?.[row] ?? 0),
    );
  }

  /** Rotary embedding: dimensions i and i + D/2 of each head turn together. */
  private rotate(x: Vector, position: number): Vector {
    const { head_dim: headDim, rope_theta: theta } = this.config;
    const half = headDim / 2;
    return x.map((value, i) => {
      const d = i % headDim;
      const angle = position / theta ** ((2 * (d % half)) / headDim);
      const partner = d < half ? -at(x, i + half) : at(x, i - half);
      return value * Math.cos(angle) + partner * Math.sin(angle);
    });
  }
}

/** Stored numbers widened exactly. */
function decodeTensor(file: Buffer, tensor: TensorLocation): Vector {
  const view = new DataView(file.buffer, file.byteOffset + tensor.offset, tensor.length);
  const { dtype } = tensor;
  if (isFloat8(dtype))
    return Float64Array.from({ length: tensor.length }, (_, i) => float8.values[dtype][view.getUint8(i)] ?? NaN);
  if (dtype === "F64") return Float64Array.from({ length: tensor.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
  const width = dtype === "F32" ? 4 : 2;
  return Float64Array.from({ length: tensor.length / width }, (_, i) => {
    if (tensor.dtype === "F32") return view.getFloat32(4 * i, true);
    const bits = view.getUint16(2 * i, true);
    if (tensor.dtype === "F16") return fromHalf(bits);
    return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? NaN;
  });
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (at(values, i) > at(values, best)) best = i;
  return best;
}

/** Returns an element that is there; reading past the end is a bug of the test. */
export function at<T>(items: ArrayLike<T>, index: number): T {
  if (index < 0 || index >= items.length) throw new RangeError(`no element ${index} of ${items.length}`);
  return items[index] as T;
}

function part(x: Vector, head: number, headDim: number): Vector {
  return x.subarray(head * headDim, (head + 1) * headDim);
}

function dot(a: Vector, b: Vector): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] ?? NaN) * (b[i] ?? NaN);
  return total;
}

function add(a: Vector, b: Vector): Vector {
  return a.map((value, i) => value + at(b, i));
}

function logSoftmax(values: Vector): Vector {
  const peak = values.reduce((a, b) => Math.max(a, b));
  const total = values.reduce((sum, value) => sum + Math.exp(value - peak), 0);
  return values.map((value) => value - peak - Math.log(total));
}
