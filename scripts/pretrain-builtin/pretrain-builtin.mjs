// Pre-trains the built-in model and writes its checkpoints: npm run build && node
// scripts/pretrain-builtin/pretrain-builtin.mjs [options]. The defaults are what is shipped in models/builtin. A killed
// run goes on from its last state when started again.
import { mkdirSync, readFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { Tokenizer } from "@huggingface/tokenizers";
import { createJiti } from "jiti";
import { readSafetensorsFile, saveState } from "./training-state.mjs";
import { randomStream } from "../../dist/base/random.js";
import { openTrainer } from "../../dist/sft/open-trainer.js";

const jiti = createJiti(import.meta.url);
const { documents } = await jiti.import("./documents.ts");
const { trainByteLevelBpe } = await jiti.import("./bpe-trainer.ts");

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "models/builtin" },
    work: { type: "string", default: "/tmp/pretrain-builtin" },
    seed: { type: "string", default: "1" },
    hidden: { type: "string", default: "96" },
    layers: { type: "string", default: "4" },
    heads: { type: "string", default: "4" },
    vocabulary: { type: "string", default: "1536" },
    "batch-tokens": { type: "string", default: "1024" },
    "learning-rate": { type: "string", default: "3e-3" },
    broad: { type: "string", default: "2400" },
    close: { type: "string", default: "2600" },
    threads: { type: "string", default: "1" },
    checkpoints: { type: "string", default: "30,75,150,300,600,1200,2400,3600,5000" },
  },
});
const number = (name) => Number(values[name]);
const [seed, hidden, layers, heads] = ["seed", "hidden", "layers", "heads"].map(number);
// First text of every kind, then mostly close reading; the learning rate rises and falls in each part.
const parts = [
  { mix: "broad", seed, from: 0, steps: number("broad") },
  { mix: "close", seed: seed + 1, from: number("broad"), steps: number("close") },
];
const end = number("broad") + number("close");
const kept = values.checkpoints.split(",").map(Number);

const SPECIAL = ["<s>", "</s>"];
const tokenizerFile = join(values.out, "tokenizer.json");
const tokenizerConfig = {
  tokenizer_class: "PreTrainedTokenizerFast",
  bos_token: "<s>",
  eos_token: "</s>",
  model_max_length: 512,
};
mkdirSync(values.out, { recursive: true });
if (!existsSync(tokenizerFile)) {
  const texts = take(documents(seed + 1000), 20_000);
  writeFileSync(
    tokenizerFile,
    JSON.stringify(trainByteLevelBpe(texts, number("vocabulary") - 256 - SPECIAL.length, SPECIAL)),
  );
  writeFileSync(join(values.out, "tokenizer_config.json"), `${JSON.stringify(tokenizerConfig, null, 2)}\n`);
}
const tokenizerJson = JSON.parse(readFileSync(tokenizerFile, "utf8"));
const tokenizer = new Tokenizer(tokenizerJson, tokenizerConfig);
const vocabulary = Object.keys(tokenizerJson.model.vocab).length;

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  hidden_size: hidden,
  intermediate_size: Math.round((hidden * 8) / 3 / 16) * 16,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  num_key_value_heads: heads,
  head_dim: hidden / heads,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
  vocab_size: vocabulary,
  bos_token_id: 0,
  eos_token_id: 1,
  torch_dtype: "bfloat16",
};

/** Normal draws, Box-Muller. */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Embeddings with deviation 0.02, maps with 1/sqrt(inputs), those into the residual stream less by sqrt(2 layers). */
function firstWeights() {
  const random = randomStream("builtin weights", seed);
  const inner = config.intermediate_size;
  const weights = new Map();
  const add = (name, shape, deviation) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const draw = deviation === undefined ? () => 1 : () => deviation * normal(random);
    weights.set(name, { shape, values: Float32Array.from({ length: size }, draw) });
  };
  add("model.embed_tokens.weight", [vocabulary, hidden], 0.02);
  const out = Math.sqrt(2 * layers);
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `model.layers.${layer}`;
    add(`${prefix}.input_layernorm.weight`, [hidden]);
    for (const name of ["q", "k", "v"])
      add(`${prefix}.self_attn.${name}_proj.weight`, [hidden, hidden], hidden ** -0.5);
    add(`${prefix}.self_attn.o_proj.weight`, [hidden, hidden], hidden ** -0.5 / out);
    add(`${prefix}.post_attention_layernorm.weight`, [hidden]);
    for (const name of ["gate", "up"]) add(`${prefix}.mlp.${name}_proj.weight`, [inner, hidden], hidden ** -0.5);
    add(`${prefix}.mlp.down_proj.weight`, [hidden, inner], inner ** -0.5 / out);
  }
  add("model.norm.weight", [hidden]);
  return weights;
}

function take(iterator, count) {
  return Array.from({ length: count }, () => iterator.next().value);
}

/** Texts of about so many tokens together. */
function nextBatch(text, tokens) {
  const batch = [];
  for (let total = 0; total < tokens;) {
    const ids = [...tokenizer.encode(text.next().value).ids, 1].slice(0, 512);
    batch.push({ ids });
    total += ids.length;
  }
  return batch;
}

mkdirSync(values.work, { recursive: true });
const stateFile = join(values.work, "state");
const found = readSafetensorsFile(stateFile);
const weights = firstWeights();
if (found !== undefined) for (const [name, one] of weights) one.values.set(found.get(`w.${name}`));
const trainer = await openTrainer(
  { config, weights },
  { optimizer: { betas: [0.9, 0.95], weightDecay: 0.01, clip: 1 }, threads: number("threads"), runSlots: 1536 },
);
if (found !== undefined) {
  const moments = [...weights.keys()].map((name) => [
    name,
    { first: found.get(`m.${name}`), second: found.get(`v.${name}`) },
  ]);
  trainer.restore({ steps: found.get("steps")[0], moments: new Map(moments) });
}
const peak = number("learning-rate");
const logFile = join(values.work, "log.jsonl");
let [sum, count, tokens] = [0, 0, 0];
let text;
let reading;
const started = performance.now();
while (trainer.steps < end) {
  const part = parts.findLast(({ from }) => from <= trainer.steps);
  const step = trainer.steps - part.from;
  if (part !== reading) {
    reading = part;
    text = documents(part.seed, part.mix);
    for (let i = 0; i < step; i++) nextBatch(text, number("batch-tokens"));
  }
  const rate = peak * Math.min(1, (step + 1) / 50) * (0.02 + 0.98 * (1 - step / part.steps));
  const result = await trainer.step(nextBatch(text, number("batch-tokens")), rate);
  sum += result.loss * result.tokens;
  count += result.tokens;
  tokens += result.tokens;
  const done = trainer.steps;
  if (done % 25 === 0 || done === end) {
    const seconds = (performance.now() - started) / 1000;
    console.log(`step ${done}  loss ${(sum / count).toFixed(3)}  ${Math.round(tokens / seconds)} tokens/s`);
    writeFileSync(logFile, `${JSON.stringify({ step: done, loss: sum / count, tokens: count })}\n`, { flag: "a" });
    [sum, count] = [0, 0];
  }
  if (kept.includes(done)) {
    const folder = join(values.out, `step${done}`);
    mkdirSync(folder, { recursive: true });
    await trainer.save(join(folder, "model.safetensors"), "bf16");
    writeFileSync(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  }
  if (done % 100 === 0 || done === end) await saveState(stateFile, trainer, weights);
}
await trainer.close();
