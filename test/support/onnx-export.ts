/**
 * Exports a tiny checkpoint the way published ONNX checkpoints are: onnx/model.onnx with its weights inside and the
 * inputs and outputs that transformers.js knows (key/value cache, attention mask, logits of every position).
 * Written with plain operators from the definitions, apart from the project's own graphs.
 */

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DataType, GraphBuilder } from "../../src/checkpoints/graph/onnx-proto.js";
import { openLlama } from "./engines.js";
import { at, llamaConfig } from "./reference-forward.js";

/**
 * @param source a folder with f32 safetensors
 * @param folder gets configuration, tokenizer and onnx/model.onnx
 * @param generationConfig written as generation_config.json
 */
export async function exportOnnx(source: string, folder: string, generationConfig?: object): Promise<string> {
  const { tensors } = await openLlama(source);
  const config = llamaConfig(source);
  const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim: headDim } = config;
  const g = new GraphBuilder();
  const weight = (name: string) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`no tensor ${name}`);
    const bytes = Uint8Array.from(readFileSync(tensor.file).subarray(tensor.offset, tensor.offset + tensor.length));
    return g.float32(new Float32Array(bytes.buffer), tensor.shape);
  };
  const linear = (x: string, name: string) =>
    g.op("MatMul", [x, g.op("Transpose", [weight(`${name}.weight`)], { perm: { ints: [1, 0] } })]);
  const norm = (x: string, name: string) => {
    const meanSquare = g.op("ReduceMean", [g.op("Mul", [x, x]), g.int64([-1])]);
    const size = g.op("Sqrt", [g.op("Add", [meanSquare, g.float32([config.rms_norm_eps], [])])]);
    return g.op("Mul", [g.op("Div", [x, size]), weight(`${name}.weight`)]);
  };

  g.input({ name: "input_ids", type: DataType.INT64, shape: ["B", "T"] });
  g.input({ name: "attention_mask", type: DataType.INT64, shape: ["B", "S"] });
  g.input({ name: "position_ids", type: DataType.INT64, shape: ["B", "T"] });
  const lengthOf = (input: string) => g.op("Gather", [g.op("Shape", [input]), g.int64([1], false)]);
  const scalar = (x: string) => g.op("Squeeze", [x, g.int64([0])]);
  const [queries, keys] = [lengthOf("input_ids"), lengthOf("attention_mask")];
  const range = (from: string, to: string) => g.op("Range", [from, to, g.int64([1], true)]);
  const queryIndex = range(scalar(g.op("Sub", [keys, queries])), scalar(keys));
  const causal = g.op("LessOrEqual", [
    range(g.int64([0], true), scalar(keys)),
    g.op("Unsqueeze", [queryIndex, g.int64([1])]),
  ]);
  const present = g.op("Unsqueeze", [
    g.op("Cast", ["attention_mask"], { to: { int: DataType.BOOL } }),
    g.int64([1, 2]),
  ]);
  const mask = g.op("Where", [g.op("And", [causal, present]), g.float32([0], []), g.float32([-1e9], [])]);

  const half = headDim / 2;
  const frequencies = Array.from({ length: half }, (_, i) => config.rope_theta ** ((-2 * i) / headDim));
  const angles = g.op("Mul", [
    g.op("Unsqueeze", [g.op("Cast", ["position_ids"], { to: { int: DataType.FLOAT } }), g.int64([1, 3])]),
    g.float32(frequencies, [1, 1, 1, half]),
  ]);
  const twice = (x: string) => g.op("Concat", [x, x], { axis: { int: -1 } });
  const [cos, sin] = [twice(g.op("Cos", [angles])), twice(g.op("Sin", [angles]))];
  const rotate = (x: string) => {
    const [low, high] = [g.fresh("low"), g.fresh("high")];
    g.node("Split", [x], [low, high], { axis: { int: -1 }, num_outputs: { int: 2 } });
    const turned = g.op("Concat", [g.op("Neg", [high]), low], { axis: { int: -1 } });
    return g.op("Add", [g.op("Mul", [x, cos]), g.op("Mul", [turned, sin])]);
  };
  const splitHeads = (x: string, count: number) =>
    g.op("Transpose", [g.op("Reshape", [x, g.int64([0, 0, count, headDim])])], { perm: { ints: [0, 2, 1, 3] } });
  const withPast = (name: string, x: string) => {
    const shape = (length: string) => ["B", kvHeads, length, headDim];
    g.input({ name: `past_key_values.${name}`, type: DataType.FLOAT, shape: shape("P") });
    g.op("Concat", [`past_key_values.${name}`, x], { axis: { int: 2 } }, `present.${name}`);
    g.output({ name: `present.${name}`, type: DataType.FLOAT, shape: shape("S") });
    const headOf = Array.from({ length: heads }, (_, head) => Math.floor(head / (heads / kvHeads)));
    return g.op("Gather", [`present.${name}`, g.int64(headOf)], { axis: { int: 1 } });
  };

  let x = g.op("Gather", [weight("model.embed_tokens.weight"), "input_ids"]);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const prefix = `model.layers.${layer}`;
    const y = norm(x, `${prefix}.input_layernorm`);
    const query = rotate(splitHeads(linear(y, `${prefix}.self_attn.q_proj`), heads));
    const key = withPast(`${layer}.key`, rotate(splitHeads(linear(y, `${prefix}.self_attn.k_proj`), kvHeads)));
    const value = withPast(`${layer}.value`, splitHeads(linear(y, `${prefix}.self_attn.v_proj`), kvHeads));
    const scores = g.op("Mul", [
      g.op("MatMul", [query, g.op("Transpose", [key], { perm: { ints: [0, 1, 3, 2] } })]),
      g.float32([1 / Math.sqrt(headDim)], []),
    ]);
    const weights = g.op("Softmax", [g.op("Add", [scores, mask])], { axis: { int: -1 } });
    const mixed = g.op("Transpose", [g.op("MatMul", [weights, value])], { perm: { ints: [0, 2, 1, 3] } });
    const joined = g.op("Reshape", [mixed, g.int64([0, 0, heads * headDim])]);
    x = g.op("Add", [x, linear(joined, `${prefix}.self_attn.o_proj`)]);
    const z = norm(x, `${prefix}.post_attention_layernorm`);
    const gate = linear(z, `${prefix}.mlp.gate_proj`);
    const activated = g.op("Mul", [g.op("Mul", [gate, g.op("Sigmoid", [gate])]), linear(z, `${prefix}.mlp.up_proj`)]);
    x = g.op("Add", [x, linear(activated, `${prefix}.mlp.down_proj`)]);
  }
  const head = config.tie_word_embeddings ? "model.embed_tokens" : "lm_head";
  const logits = linear(norm(x, "model.norm"), head);
  g.op("Identity", [logits], {}, "logits");
  g.output({ name: "logits", type: DataType.FLOAT, shape: ["B", "T", config.vocab_size] });

  await mkdir(join(folder, "onnx"), { recursive: true });
  await writeFile(join(folder, "onnx", "model.onnx"), g.encode());
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    await copyFile(join(source, name), join(folder, name));
  }
  if (generationConfig) await writeFile(join(folder, "generation_config.json"), JSON.stringify(generationConfig));
  return folder;
}

/** Largest absolute difference of two lists of the same length. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} numbers against ${b.length}`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - at(b, i))), 0);
}
