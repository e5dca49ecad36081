/**
 * Public training runs as they are released: names, files and architecture of each, with tiny weights on a local hub.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { trainByteLevelBpe } from "../../../scripts/pretrain-builtin/bpe-trainer.js";
import { openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { expandSpec } from "../../../src/checkpoints/find/points.js";
import { fetchCheckpoint, resolveCheckpoint } from "../../../src/checkpoints/find/resolve.js";
import { GOLDEN } from "../../support/golden.js";
import { startHub, type FakeRepo, type HubServer } from "../../support/hub-server.js";
import { tempFolder } from "../../support/temp-folder.js";

interface Suite {
  readonly suite: string;
  readonly id: string;
  /** Folder of test/golden/architectures. */
  readonly checkpoint: string;
  readonly architecture: string;
  /** In the order of training. */
  readonly names: readonly string[];
  readonly weights?: "pytorch_model.bin";
  /** Folder of test/golden/tokenizer-files that takes the place of tokenizer.json. */
  readonly tokenizer?: string;
  /** The names are folders of the branch main. */
  readonly folders?: true;
}

const suites: readonly Suite[] = [
  { suite: "Pythia", id: "EleutherAI/pythia-160m", checkpoint: "gpt_neox", architecture: "GPTNeoXForCausalLM", names: ["step0", "step1", "step512", "step1000", "step143000", "main"] },
  { suite: "PolyPythias", id: "EleutherAI/pythia-160m-seed3", checkpoint: "gpt_neox", architecture: "GPTNeoXForCausalLM", names: ["step0", "step64", "step143000", "main"], weights: "pytorch_model.bin" },
  { suite: "OLMo 1", id: "allenai/OLMo-1B-hf", checkpoint: "olmo", architecture: "OlmoForCausalLM", names: ["step1000-tokens4B", "step20000-tokens84B", "step117850-tokens494B", "main"] },
  { suite: "OLMo 1 originals", id: "allenai/OLMo-7B", checkpoint: "olmo_original", architecture: "OLMoForCausalLM", names: ["step1000-tokens4B", "step557000-tokens2464B", "main"] },
  { suite: "DataDecide", id: "allenai/DataDecide-dolma1_7-150M", checkpoint: "olmo_original", architecture: "OLMoForCausalLM", names: ["step0-seed-default", "step1250-seed-default", "step38750-seed-default", "step1250-seed-small-aux-2", "step1250-seed-small-aux-3", "main"] },
  { suite: "OLMo 2", id: "allenai/OLMo-2-0425-1B", checkpoint: "olmo2", architecture: "Olmo2ForCausalLM", names: ["stage1-step10000-tokens21B", "stage1-step1907359-tokens4001B", "stage2-ingredient1-step1000-tokens3B", "stage2-ingredient1-step23852-tokens51B", "stage2-ingredient2-step1000-tokens3B", "main"] },
  { suite: "OLMo 3", id: "allenai/Olmo-3-1025-7B", checkpoint: "olmo3", architecture: "Olmo3ForCausalLM", names: ["stage1-step1000", "stage1-step1413814", "stage2-step1000", "stage3-step1000", "stage3-step11921", "main"] },
  { suite: "OLMoE", id: "allenai/OLMoE-1B-7B-0924", checkpoint: "olmoe", architecture: "OlmoeForCausalLM", names: ["step5000-tokens20B", "step10000-tokens41B", "step1200000-tokens5033B", "main"] },
  { suite: "FineWeb ablations", id: "HuggingFaceFW/ablation-model-fineweb-v1", checkpoint: "llama", architecture: "LlamaForCausalLM", names: ["step-001000-2BT", "step-014000-29BT", "step-167000-350BT", "main"] },
  { suite: "SmolLM2", id: "HuggingFaceTB/SmolLM2-135M-intermediate-checkpoints", checkpoint: "llama", architecture: "LlamaForCausalLM", names: ["step-120000", "step-240000", "step-1920000", "main"] },
  { suite: "SmolLM3", id: "HuggingFaceTB/SmolLM3-3B-checkpoints", checkpoint: "smollm3", architecture: "SmolLM3ForCausalLM", names: ["stage1-step-40000", "stage1-step-2600000", "stage2-step-3440000", "stage3-step-4720000", "lc-4k-to-32k-step-20000", "lc-32k-to-64k-step-4000", "main"] },
  { suite: "Amber", id: "LLM360/Amber", checkpoint: "llama", architecture: "LlamaForCausalLM", names: ["ckpt_000", "ckpt_099", "ckpt_358", "main"], weights: "pytorch_model.bin", tokenizer: "spm-bpe" },
  { suite: "K2", id: "LLM360/K2", checkpoint: "llama", architecture: "LlamaForCausalLM", names: ["ckpt_001", "ckpt_120", "ckpt_360", "main"] },
  { suite: "TinyLlama", id: "TinyLlama/TinyLlama_v1.1", checkpoint: "llama", architecture: "LlamaForCausalLM", names: ["step-50K-105b", "step-480k-token-1007B", "step-1431k-3T", "main"], weights: "pytorch_model.bin" },
  { suite: "BLOOM", id: "bigscience/bloom-1b1-intermediate", checkpoint: "bloom-bare", architecture: "BloomForCausalLM", names: ["global_step1000", "global_step10000", "global_step660750", "main"], weights: "pytorch_model.bin" },
  { suite: "OpenEuroLLM", id: "openeurollm/checkpoints", checkpoint: "llama", architecture: "LlamaForCausalLM", names: ["checkpoint_0050000", "checkpoint_0100000", "main"] },
  { suite: "Lucie", id: "OpenLLM-France/Lucie-7B", checkpoint: "llama", architecture: "LlamaForCausalLM", names: ["step0005000", "step0753851", "extension_step0000250", "extension_step0001220", "main"] },
  { suite: "B-GPT", id: "catherinearnett/B-GPT_en_nl_simultaneous", checkpoint: "gpt2", architecture: "GPT2LMHeadModel", names: ["0", "10000", "64000", "128000", "main"] },
  { suite: "BabyLM 2025", id: "BabyLM-community/babylm-baseline-100m-gpt2", checkpoint: "gpt2", architecture: "GPT2LMHeadModel", names: ["chck_1M", "chck_10M", "chck_100M", "chck_1000M", "main"] },
  { suite: "Poro", id: "LumiOpen/Poro-34B", checkpoint: "bloom", architecture: "BloomForCausalLM", names: ["100B", "900B", "1000B", "main"] },
  { suite: "Viking", id: "LumiOpen/Viking-7B", checkpoint: "llama", architecture: "LlamaForCausalLM", names: ["100B", "2000B", "main"] },
  { suite: "Stanford Mistral", id: "stanford-crfm/alias-gpt2-small-x21", checkpoint: "gpt2", architecture: "GPT2LMHeadModel", names: ["checkpoint-0", "checkpoint-900", "checkpoint-400000", "main"], weights: "pytorch_model.bin", tokenizer: "gpt2-files" },
  { suite: "OPT", id: "facebook/opt-125m", checkpoint: "opt", architecture: "OPTForCausalLM", names: ["main"], weights: "pytorch_model.bin", tokenizer: "opt-files" },
  { suite: "Cerebras-GPT", id: "cerebras/Cerebras-GPT-111M", checkpoint: "gpt2", architecture: "GPT2LMHeadModel", names: ["main"], weights: "pytorch_model.bin", tokenizer: "gpt2-files" },
  { suite: "Apertus", id: "swiss-ai/Apertus-8B-2509", checkpoint: "apertus", architecture: "ApertusForCausalLM", names: ["step50000-tokens210B", "step1432500-tokens6000B", "step2627139-tokens15T", "main"] },
  { suite: "folders named step-N", id: "author/olmo2-1b-trajectory", checkpoint: "olmo2", architecture: "Olmo2ForCausalLM", names: ["step-500", "step-1000", "step-20000"], folders: true },
  { suite: "folders named checkpoint_pctN", id: "author/olmo2-1b-sft-rungs", checkpoint: "olmo2", architecture: "Olmo2ForCausalLM", names: ["checkpoint_pct010", "checkpoint_pct050", "checkpoint_pct100"], folders: true },
]; // prettier-ignore

function tokenizerOf({ tokenizer }: Suite): Record<string, Buffer | string> {
  if (tokenizer === undefined) return { "tokenizer.json": JSON.stringify(trainByteLevelBpe([], 0, ["<s>"])) };
  const folder = join(GOLDEN, "../tokenizer-files", tokenizer);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
}

/** Returns one commit a name, or one with all folders; the hub lists names in no order that helps. */
function reposOf(suite: Suite, index: number): FakeRepo[] {
  const { id, checkpoint, names, weights = "model.safetensors", folders } = suite;
  const model = Object.fromEntries(
    ["config.json", weights].map((file) => [file, readFileSync(join(GOLDEN, checkpoint, file))]),
  );
  const shared = { type: "model", id } as const;
  const commit = (of: number) => `${index}`.padStart(20, "a") + `${of}`.padStart(20, "b");
  if (folders === true) {
    const files = names.flatMap((name) => Object.entries(model).map(([file, content]) => [`${name}/${file}`, content]));
    const all = { ...tokenizerOf(suite), ...(Object.fromEntries(files) as typeof model) };
    return [{ ...shared, commit: commit(0), branches: ["main"], files: all }];
  }
  const files = { ...model, ...tokenizerOf(suite) };
  return [...names].reverse().map((name, of) => ({ ...shared, commit: commit(of), branches: [name], files }));
}

let hub: HubServer;
beforeAll(async () => {
  hub = await startHub(suites.flatMap(reposOf));
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_OFFLINE", "");
  vi.stubEnv("HF_HUB_CACHE", tempFolder());
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

test.each(suites)("$suite is listed in the order of training and opens", async ({ id, names, folders, architecture }) => {
  const found = (await expandSpec(folders === true ? `${id}@main:*` : `${id}@*`, undefined, {}, false)) ?? [];
  expect(found.map(({ part }) => part)).toEqual(names);
  expect(found.filter(({ part, point }) => (part === "main") === (point !== undefined))).toEqual([]);
  for (const { spec, commit } of [...found.slice(0, 1), ...found.slice(-1)]) {
    const resolved = await resolveCheckpoint(spec, { revision: undefined, offline: false, commit });
    await fetchCheckpoint(resolved);
    const checkpoint = await openCheckpoint(resolved.folder, resolved.tokenizerFolder);
    expect(checkpoint.architecture).toBe(architecture);
  }
}); // prettier-ignore
