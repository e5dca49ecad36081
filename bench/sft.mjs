// Speed and memory of training beside ONNX Runtime's own MatMul and, with --python, beside PyTorch on the same shapes.
//
//     npm run build && node bench/sft.mjs [--sizes 1.5M,30M,135M] [--threads 2] [--slots 1024] [--steps 5] [--python
// PYTHON]
//
// A step is forward, backward, clipping and AdamW on rows of 256 random tokens, all of which count. The share is of the
// MatMul measured right before each step; with one thread also by the processor time of both, which other work on the
// machine does not touch. Each size runs in a process of its own, so that its peak of memory is its own.
import { execFileSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { linearSize, pairSize } from "../dist/engine/tree/cost-model.js";
import { readModel } from "../dist/checkpoints/architectures/index.js";
import { Trainer } from "../dist/sft/trainer.js";
import { median, option } from "./lib/requests.mjs";
import { matMulPeak } from "./lib/peak.mjs";

const LENGTH = 256;
const SIZES = {
  "1.5M": { hidden: 128, inner: 352, layers: 6, heads: 4, kv: 4, vocab: 2048 },
  "30M": { hidden: 512, inner: 1376, layers: 8, heads: 8, kv: 8, vocab: 8192 },
  "135M": { hidden: 576, inner: 1536, layers: 30, heads: 9, kv: 3, vocab: 49152 },
};

const threads = Number(option("threads", "2"));
const slots = Number(option("slots", "1024"));
const steps = Number(option("steps", "5"));
const python = option("python");
const one = option("one");
if (one !== undefined) await measure(one);
else {
  console.log(
    `| parameters | tokens of a step | tokens/s | GF/s | MatMul GF/s beside it | share | by processor time | AdamW's part | memory |${python ? " PyTorch tokens/s | its memory |" : ""}`,
  );
  console.log(`| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |${python ? " ---: | ---: |" : ""}`);
  for (const size of option("sizes", "1.5M,30M,135M").split(",")) {
    const words = ["--one", size, "--threads", threads, "--slots", slots, "--steps", steps].map(String);
    const line = execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...words], { encoding: "utf8" });
    const beside = python === undefined ? "" : peer(SIZES[size]);
    console.log(line.trimEnd() + beside);
  }
}

function peer(shape) {
  const script = fileURLToPath(new URL("peers/torch_sft.py", import.meta.url));
  const job = JSON.stringify({ ...shape, threads, steps, rows: slots / LENGTH, length: LENGTH });
  const { seconds, mb } = JSON.parse(
    execFileSync(python, [script, job], { encoding: "utf8" }).trim().split("\n").at(-1),
  );
  return ` ${Math.round(slots / seconds).toLocaleString("en")} | ${mb} MB |`;
}

async function measure(size) {
  const { hidden, inner, layers, heads, kv, vocab } = SIZES[size];
  const head = hidden / heads;
  const config = {
    architectures: ["LlamaForCausalLM"], model_type: "llama", hidden_act: "silu", hidden_size: hidden,
    intermediate_size: inner, num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: kv,
    head_dim: head, max_position_embeddings: 1024, rms_norm_eps: 1e-5, rope_theta: 10000, tie_word_embeddings: true,
    vocab_size: vocab,
  }; // prettier-ignore
  const shapes = [
    ["model.embed_tokens.weight", [vocab, hidden]],
    ["model.norm.weight", [hidden]],
    ...Array.from({ length: layers }, (_, i) => [
      ["input_layernorm", [hidden]], ["post_attention_layernorm", [hidden]], ["self_attn.q_proj", [heads * head, hidden]],
      ["self_attn.k_proj", [kv * head, hidden]], ["self_attn.v_proj", [kv * head, hidden]],
      ["self_attn.o_proj", [hidden, heads * head]], ["mlp.gate_proj", [inner, hidden]], ["mlp.up_proj", [inner, hidden]],
      ["mlp.down_proj", [hidden, inner]],
    ].map(([name, shape]) => [`model.layers.${i}.${name}.weight`, shape])).flat(),
  ]; // prettier-ignore
  const weights = new Map(
    shapes.map(([name, shape]) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (shape.length === 1) values.fill(1);
      else values.forEach((_, i) => (values[i] = 0.02 * Math.sin(i * 12.9898)));
      return [name, { shape, values }];
    }),
  );
  const parameters = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);
  const located = new Map([...weights].map(([name, { shape }]) => [name, { name, shape, dtype: "F32" }]));
  const model = readModel(config, located, "config");
  const peak = await matMulPeak(threads);
  const trainer = await Trainer.open({ model, weights, threads, runSlots: slots });
  const rows = slots / LENGTH;
  const batch = Array.from({ length: rows }, (_, row) => ({
    ids: Array.from({ length: LENGTH }, (_, i) => (row * 7919 + i * 104729) % vocab),
  }));
  // Forward once, backward twice: the linear maps, the visible pairs of attention, and the head.
  const pairs = (rows * LENGTH * (LENGTH + 1)) / 2;
  const forward =
    2 * linearSize(model) * slots + 2 * pairSize(model) * pairs + 2 * hidden * vocab * rows * (LENGTH - 1);
  const flops = 3 * forward;
  const timed = async (work) => {
    const [before, started] = [process.cpuUsage(), performance.now()];
    const value = await work();
    const { user, system } = process.cpuUsage(before);
    return { value, wall: performance.now() - started, cpu: (user + system) / 1000 };
  };
  await peak();
  await trainer.step(batch, 1e-4);
  const seen = [];
  for (let i = 0; i < steps; i++) {
    const matMul = await timed(peak);
    const gradient = await timed(() => trainer.gradient(batch));
    const step = await timed(() => trainer.step(batch, 1e-4));
    const [rate, best] = [flops / step.wall / 1e6, matMul.value];
    const byCpu = flops / step.cpu / ((2 * 2048 ** 3) / matMul.cpu);
    const update = Math.max(0, step.cpu - gradient.cpu) / step.cpu;
    seen.push({ tokens: slots / (step.wall / 1000), rate, best, share: rate / best, byCpu, update });
  }
  const of = (key) => median(seen.map((one) => one[key]));
  const percent = (share) => `${Math.round(100 * share)} %`;
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  const cells = [
    `${(parameters / 1e6).toFixed(1)} M`, slots.toLocaleString("en"), Math.round(of("tokens")).toLocaleString("en"), of("rate").toFixed(0),
    of("best").toFixed(0), percent(of("share")), threads === 1 ? percent(of("byCpu")) : "–", percent(of("update")),
    `${memory.toLocaleString("en")} MB`,
  ]; // prettier-ignore
  console.log(`| ${cells.join(" | ")} |`);
  await trainer.close();
}
