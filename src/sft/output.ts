/** Writes the tuned checkpoint as a folder that this program and transformers load. */

import { existsSync } from "node:fs";
import { copyFile, cp } from "node:fs/promises";
import { join } from "node:path";
import type { Checkpoint } from "../checkpoints/checkpoint.js";
import { listFolder } from "../checkpoints/files/folder.js";
import type { WrittenDtype } from "../checkpoints/files/write-safetensors.js";
import { isGgufFile } from "../checkpoints/gguf/gguf-names.js";
import { makeFolders } from "../base/folders.js";
import { writeWhole } from "./state.js";

/** Lists what belongs to a tokenizer; those that are there are copied. */
const TOKENIZER_FILES = [
  "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json",
  "vocab.json", "vocab.txt", "merges.txt", "chat_template.jinja", "additional_chat_templates",
]; // prettier-ignore

const TORCH_NAMES: Readonly<Record<WrittenDtype, string>> = { f32: "float32", bf16: "bfloat16" };

export interface OutputSource {
  /** Holds config.json, or is a GGUF file. */
  readonly folder: string;
  readonly tokenizerFolder: string;
  /** What was read from there. */
  readonly checkpoint: Pick<Checkpoint, "configuration" | "tokenizerJson" | "tokenizerConfig">;
  /** Jinja text to be written where the tokenizer has no chat template. */
  readonly chatTemplate?: string | undefined;
}

/** Copies everything of a checkpoint's folder but the weights; config.json says in which type these are written. */
export async function copyAround(path: string, source: OutputSource, dtype: WrittenDtype): Promise<void> {
  await makeFolders(path);
  const { config } = source.checkpoint.configuration;
  const key = "dtype" in config ? "dtype" : "torch_dtype";
  await writeWhole(join(path, "config.json"), configText({ ...config, [key]: TORCH_NAMES[dtype] }));
  const generation = join(source.folder, "generation_config.json");
  if (existsSync(generation)) await copyFile(generation, join(path, "generation_config.json"));
  await copyTokenizer(path, source);
}

/** Copies the tokenizer's files. */
export async function copyTokenizer(path: string, source: OutputSource): Promise<void> {
  const { tokenizerFolder, chatTemplate } = source;
  if (isGgufFile(tokenizerFolder)) {
    const { tokenizerJson, tokenizerConfig } = source.checkpoint;
    await writeJson(join(path, "tokenizer.json"), tokenizerJson);
    await writeJson(join(path, "tokenizer_config.json"), {
      tokenizer_class: "PreTrainedTokenizerFast",
      ...tokenizerConfig,
    });
  } else {
    const there = await listFolder(tokenizerFolder);
    for (const name of TOKENIZER_FILES.filter((file) => there.includes(file))) {
      await cp(join(tokenizerFolder, name), join(path, name), { recursive: true, dereference: true });
    }
  }
  if (chatTemplate !== undefined) await writeWhole(join(path, "chat_template.jinja"), chatTemplate);
}

/** Lists keys of which transformers (5.24) refuses a value without a decimal point. */
const WITH_POINT =
  /("(?:attn_logit_softcapping|final_logit_softcapping|clip_qkv|init_std|initializer_range|layer_norm_eps|layer_norm_epsilon|rms_norm_eps)": -?\d+)(?=,?$)/gm;

/** Writes the content of config.json. */
export function configText(config: Readonly<Record<string, unknown>>): string {
  return jsonText(config).replace(WITH_POINT, "$1.0");
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeWhole(path, jsonText(value));
}
