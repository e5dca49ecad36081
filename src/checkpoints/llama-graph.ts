/**
 * Builds the ONNX graph of a Llama checkpoint in memory. The weights stay in the safetensors file: the graph's
 * initializers point into it, and 16-bit weights are widened to f32 when the session is created.
 */

import { UserError } from "../errors.js";
import type { LlamaCheckpoint } from "./checkpoint.js";
import type { LlamaConfig } from "./llama-config.js";
import { DataType, GraphBuilder } from "./onnx-proto.js";
import { fileName, type SafetensorsDtype } from "./safetensors.js";

/**
 * The two graphs over one set of weights.
 * - `score`: input_ids [B,T], positions [B,T], rows [N] (indices into B*T), targets [M,2] (row of N, token id)
 *   -> logprobs [M] in nats, argmax [N].
 * - `generate`: input_ids [B,T], positions [B,T], key_positions [B,P+T], rows [B], past.{l}.key|value [B,KV,P,D]
 *   -> argmax [B], present.{l}.key|value [B,KV,P+T,D].
 *
 * A key is visible to a query when its position is not greater than the query's. Padding has a position larger than
 * any real one, so no separate mask is needed.
 */
export type GraphKind = "score" | "generate";

/** Position given to padding: larger than any real position, exact in f32. */
export const PADDING_POSITION = 2 ** 24;

const ONNX_TYPES: Partial<Record<SafetensorsDtype, DataType>> = {
  F32: DataType.FLOAT,
  F16: DataType.FLOAT16,
  BF16: DataType.BFLOAT16,
};

/** Encodes the graph of the given kind as the bytes of an ONNX model. */
export function buildLlamaGraph(checkpoint: LlamaCheckpoint, kind: GraphKind): Uint8Array {
  const { config } = checkpoint;
  const g = new GraphBuilder();
  const weights = new Weights(g, checkpoint);
  const { hidden_size: hidden, head_dim: headDim, num_key_value_heads: kvHeads } = config;
  const groups = config.num_attention_heads / kvHeads;
  const keyLength = kind === "score" ? "T" : "S";

  g.input({ name: "input_ids", type: DataType.INT64, shape: ["B", "T"] });
  g.input({ name: "positions", type: DataType.INT64, shape: ["B", "T"] });
  if (kind === "generate") g.input({ name: "key_positions", type: DataType.INT64, shape: ["B", keyLength] });
  g.input({ name: "rows", type: DataType.INT64, shape: ["N"] });

  const batchAndLength = g.op("Shape", ["input_ids"]);
  const batch = g.op("Gather", [batchAndLength, g.int64([0])]);
  const reshape = (x: string, ...dims: (string | number[])[]) => {
    const shape = dims.map((dim) => (typeof dim === "string" ? dim : g.int64(dim)));
    return g.op("Reshape", [
      x,
      shape.length === 1 ? (shape[0] as string) : g.op("Concat", shape, { axis: { int: 0 } }),
    ]);
  };
  const splitHeads = (x: string, heads: number) => reshape(x, batchAndLength, [heads, headDim]);

  // Rotary angles, [B,T,1,D/2], as transformers computes them: in f32, position times inverse frequency.
  const half = headDim / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => 1 / config.rope_theta ** ((2 * i) / headDim));
  const angles = g.op("Mul", [
    g.op("Unsqueeze", [g.op("Cast", ["positions"], { to: { int: DataType.FLOAT } }), g.int64([2, 3])]),
    g.float32(frequencies, [1, 1, 1, half]),
  ]);
  const cos = g.op("Cos", [angles]);
  const sin = g.op("Sin", [angles]);
  const rotate = (x: string) => {
    const [a, b] = [g.fresh("rope"), g.fresh("rope")];
    g.node("Split", [x], [a, b], { axis: { int: -1 }, num_outputs: { int: 2 } });
    const first = g.op("Sub", [g.op("Mul", [a, cos]), g.op("Mul", [b, sin])]);
    const second = g.op("Add", [g.op("Mul", [b, cos]), g.op("Mul", [a, sin])]);
    return g.op("Concat", [first, second], { axis: { int: -1 } });
  };

  // Additive mask, [B,1,1,T,S].
  const keyPositions = kind === "score" ? "positions" : "key_positions";
  const visible = g.op("LessOrEqual", [
    g.op("Unsqueeze", [keyPositions, g.int64([1, 2, 3])]),
    g.op("Unsqueeze", ["positions", g.int64([1, 2, 4])]),
  ]);
  const mask = g.op("Where", [visible, g.float32([0], []), g.float32([-Infinity], [])]);

  const norm = (x: string, weight: string) =>
    g.op("SimplifiedLayerNormalization", [x, weights.float(weight, [hidden])], {
      axis: { int: -1 },
      epsilon: { float: config.rms_norm_eps },
      stash_type: { int: 1 },
    });
  const linear = (x: string, name: string, inputs: number, outputs: number) => {
    const operands = [x, weights.float(`${name}.weight`, [outputs, inputs])];
    if (weights.has(`${name}.bias`)) operands.push(weights.float(`${name}.bias`, [outputs]));
    return g.op("Gemm", operands, { transB: { int: 1 } });
  };

  let x = reshape(weights.embed("model.embed_tokens.weight", [config.vocab_size, hidden], "input_ids"), [-1, hidden]);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const prefix = `model.layers.${layer}`;
    const attention = `${prefix}.self_attn`;
    const normed = norm(x, `${prefix}.input_layernorm.weight`);
    const queryWidth = config.num_attention_heads * headDim;
    const keyWidth = kvHeads * headDim;

    // Queries that share a key/value head are laid side by side: [B,KV,G*T,D], so keys are never repeated.
    const scaled = g.op("Mul", [
      rotate(splitHeads(linear(normed, `${attention}.q_proj`, hidden, queryWidth), config.num_attention_heads)),
      g.float32([1 / Math.sqrt(headDim)], []),
    ]);
    const grouped = g.op("Transpose", [reshape(scaled, batchAndLength, [kvHeads, groups, headDim])], {
      perm: { ints: [0, 2, 3, 1, 4] },
    });
    const query = reshape(grouped, batch, [kvHeads, -1, headDim]);
    const byHead = { perm: { ints: [0, 2, 1, 3] } };
    let key = g.op(
      "Transpose",
      [rotate(splitHeads(linear(normed, `${attention}.k_proj`, hidden, keyWidth), kvHeads))],
      byHead,
    );
    let value = g.op(
      "Transpose",
      [splitHeads(linear(normed, `${attention}.v_proj`, hidden, keyWidth), kvHeads)],
      byHead,
    );
    if (kind === "generate") {
      key = withPast(g, config, `${layer}.key`, key);
      value = withPast(g, config, `${layer}.value`, value);
    }

    const raw = g.op("MatMul", [query, g.op("Transpose", [key], { perm: { ints: [0, 1, 3, 2] } })]);
    const shape = g.op("Shape", [grouped]);
    const scoreShape = g.op("Concat", [g.op("Slice", [shape, g.int64([0]), g.int64([4])]), g.int64([-1])], {
      axis: { int: 0 },
    });
    const probabilities = g.op("Softmax", [g.op("Add", [g.op("Reshape", [raw, scoreShape]), mask])], {
      axis: { int: -1 },
    });
    const flat = g.op("Reshape", [probabilities, g.op("Shape", [raw])]);
    const mixed = g.op("Reshape", [g.op("MatMul", [flat, value]), shape]);
    const merged = reshape(g.op("Transpose", [mixed], { perm: { ints: [0, 3, 1, 2, 4] } }), [-1, queryWidth]);
    x = g.op("Add", [x, linear(merged, `${attention}.o_proj`, queryWidth, hidden)]);

    const middle = norm(x, `${prefix}.post_attention_layernorm.weight`);
    const gate = linear(middle, `${prefix}.mlp.gate_proj`, hidden, config.intermediate_size);
    const up = linear(middle, `${prefix}.mlp.up_proj`, hidden, config.intermediate_size);
    const activated = g.op("Mul", [g.op("Mul", [gate, g.op("Sigmoid", [gate])]), up]);
    x = g.op("Add", [x, linear(activated, `${prefix}.mlp.down_proj`, config.intermediate_size, hidden)]);
  }

  // Only the wanted positions reach the final norm and the LM head.
  const last = norm(g.op("Gather", [x, "rows"]), "model.norm.weight");
  const head = config.tie_word_embeddings ? "model.embed_tokens" : "lm_head";
  const logits = linear(last, head, hidden, config.vocab_size);
  if (kind === "score") {
    g.input({ name: "targets", type: DataType.INT64, shape: ["M", 2] });
    g.op("GatherND", [g.op("LogSoftmax", [logits], { axis: { int: -1 } }), "targets"], {}, "logprobs");
    g.output({ name: "logprobs", type: DataType.FLOAT, shape: ["M"] });
  }
  g.op("ArgMax", [logits], { axis: { int: -1 }, keepdims: { int: 0 } }, "argmax");
  g.output({ name: "argmax", type: DataType.INT64, shape: ["N"] });
  return g.encode();
}

/** Appends this step's keys or values to the past ones, and hands both on as an output. */
function withPast(g: GraphBuilder, config: LlamaConfig, name: string, current: string): string {
  const shape = (length: string) => ["B", config.num_key_value_heads, length, config.head_dim];
  g.input({ name: `past.${name}`, type: DataType.FLOAT, shape: shape("P") });
  const all = g.op("Concat", [`past.${name}`, current], { axis: { int: 2 } }, `present.${name}`);
  g.output({ name: all, type: DataType.FLOAT, shape: shape("S") });
  return all;
}

/** Adds each weight once, checked against the shape the configuration implies. */
class Weights {
  private readonly added = new Map<string, string>();

  constructor(
    private readonly g: GraphBuilder,
    private readonly checkpoint: LlamaCheckpoint,
  ) {}

  has(name: string): boolean {
    return this.checkpoint.tensors.has(name);
  }

  /** The tensor as f32. */
  float(name: string, shape: readonly number[]): string {
    const key = `${name}:float`;
    const known = this.added.get(key);
    if (known !== undefined) return known;
    const stored = this.stored(name, shape);
    const output =
      stored.type === DataType.FLOAT ? stored.name : this.g.op("Cast", [stored.name], { to: { int: DataType.FLOAT } });
    this.added.set(key, output);
    return output;
  }

  /** Rows of an embedding table as f32; the table itself stays in its stored type. */
  embed(name: string, shape: readonly number[], ids: string): string {
    const stored = this.stored(name, shape);
    const rows = this.g.op("Gather", [stored.name, ids]);
    return stored.type === DataType.FLOAT ? rows : this.g.op("Cast", [rows], { to: { int: DataType.FLOAT } });
  }

  private stored(name: string, shape: readonly number[]): { name: string; type: DataType } {
    const tensor = this.checkpoint.tensors.get(name);
    if (tensor === undefined) throw new UserError(`${this.checkpoint.folder}: tensor ${name} is missing`);
    if (tensor.shape.join() !== shape.join()) {
      throw new UserError(
        `${tensor.file}: tensor ${name} has shape [${tensor.shape.join(", ")}] where config.json implies [${shape.join(", ")}]`,
      );
    }
    const type = ONNX_TYPES[tensor.dtype];
    if (type === undefined) {
      throw new UserError(
        `${tensor.file}: tensor ${name} is ${tensor.dtype}; supported: ${Object.keys(ONNX_TYPES).join(", ")}`,
      );
    }
    if (!this.added.has(name)) {
      const { offset, length } = tensor;
      this.g.external({ name, type, shape, location: fileName(tensor), offset, length });
      this.added.set(name, name);
    }
    return { name, type };
  }
}
