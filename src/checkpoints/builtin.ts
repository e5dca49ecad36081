/**
 * The built-in checkpoint: a tiny Llama with seeded random weights, made on first use. It shows that everything works;
 * its scores are chance, and every output of it says so.
 */

import { mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolders } from "../folders.js";
import { hashValue } from "../hash.js";
import { randomStream } from "../random.js";
import { trainByteLevelBpe } from "./bpe-trainer.js";

/** What every output of the built-in checkpoint says. */
export const BUILTIN_NOTE = "random weights: its scores are chance";

const SEED = 20260101;
const MERGES = 1200;
const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  hidden_size: 48,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 12,
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
  bos_token_id: 0,
  eos_token_id: 1,
  torch_dtype: "float32",
} as const;

/**
 * The folder of the built-in checkpoint, written to the user's cache on first use.
 * @param env XDG_CACHE_HOME moves the cache; where it cannot be written the system's temporary folder is used
 */
export async function builtinCheckpoint(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const texts = await sampleTexts();
  const name = `builtin-${hashValue([SEED, MERGES, CONFIG, texts]).slice(0, 16)}`;
  // An empty variable counts as unset, as the XDG specification says.
  const { XDG_CACHE_HOME: xdg = "" } = env;
  const cache = join(xdg === "" ? join(homedir(), ".cache") : xdg, "amuro-eval");
  try {
    return await make(cache, name, texts);
  } catch (error) {
    if (!["EACCES", "EROFS", "EPERM", "ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
    return make(join(tmpdir(), "amuro-eval"), name, texts);
  }
}

/** Written under another name and renamed, so that a killed or concurrent process leaves no half-made folder. */
async function make(cache: string, name: string, texts: readonly string[]): Promise<string> {
  const folder = join(cache, name);
  if (await exists(folder)) return folder;
  await makeFolders(cache);
  const draft = await mkdtemp(join(cache, ".builtin-"));
  const tokenizer = trainByteLevelBpe(texts, MERGES, ["<s>", "</s>"]);
  const vocab = Object.keys((tokenizer["model"] as { vocab: object }).vocab).length;
  const config = { ...CONFIG, vocab_size: vocab };
  const tokenizerConfig = {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: "<s>",
    eos_token: "</s>",
    model_max_length: 1024,
  };
  await writeFile(join(draft, "config.json"), JSON.stringify(config, null, 2));
  await writeFile(join(draft, "tokenizer.json"), JSON.stringify(tokenizer));
  await writeFile(join(draft, "tokenizer_config.json"), JSON.stringify(tokenizerConfig, null, 2));
  await writeFile(join(draft, "model.safetensors"), randomWeights(config));
  try {
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** All text of the sample rows, in a fixed order. */
async function sampleTexts(): Promise<string[]> {
  const root = fileURLToPath(new URL("../../datasets/", import.meta.url));
  const texts: string[] = [];
  for (const dataset of (await readdir(root)).sort()) {
    for (const file of ["sample.jsonl", "sample.train.jsonl"])
      texts.push(await readFile(join(root, dataset, file), "utf8"));
  }
  return texts;
}

/** A safetensors file of f32 weights, uniform in ±2/sqrt(fan-in), norms at one. */
function randomWeights(config: typeof CONFIG & { vocab_size: number }): Buffer {
  const random = randomStream("builtin", SEED);
  const { hidden_size: hidden, intermediate_size: inner, head_dim: head } = config;
  const shapes: [string, number[]][] = [["model.embed_tokens.weight", [config.vocab_size, hidden]]];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const prefix = `model.layers.${layer}`;
    shapes.push(
      [`${prefix}.input_layernorm.weight`, [hidden]],
      [`${prefix}.self_attn.q_proj.weight`, [config.num_attention_heads * head, hidden]],
      [`${prefix}.self_attn.k_proj.weight`, [config.num_key_value_heads * head, hidden]],
      [`${prefix}.self_attn.v_proj.weight`, [config.num_key_value_heads * head, hidden]],
      [`${prefix}.self_attn.o_proj.weight`, [hidden, config.num_attention_heads * head]],
      [`${prefix}.post_attention_layernorm.weight`, [hidden]],
      [`${prefix}.mlp.gate_proj.weight`, [inner, hidden]],
      [`${prefix}.mlp.up_proj.weight`, [inner, hidden]],
      [`${prefix}.mlp.down_proj.weight`, [hidden, inner]],
    );
  }
  shapes.push(["model.norm.weight", [hidden]]);
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, shape] of shapes) {
    const size = shape.reduce((a, b) => a * b, 1);
    const bound = 2 / Math.sqrt(shape.at(-1) as number);
    const values = Float32Array.from({ length: size }, () => (shape.length === 1 ? 1 : (2 * random() - 1) * bound));
    const bytes = new Uint8Array(values.buffer);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + bytes.length] };
    parts.push(bytes);
    offset += bytes.length;
  }
  const head8 = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([head8, Buffer.alloc((8 - (head8.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}
