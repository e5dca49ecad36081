/** The tuned checkpoint as a folder that this program and transformers load. */

import { existsSync } from "node:fs";
import { copyFile, cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { listFolder } from "../checkpoints/files/folder.js";
import type { WrittenDtype } from "../checkpoints/files/write-safetensors.js";
import { makeFolders } from "../base/folders.js";
import { writeWhole } from "./state.js";

/** What belongs to a tokenizer; those that are there are copied. */
const TOKENIZER_FILES = [
  "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json",
  "vocab.json", "vocab.txt", "merges.txt", "chat_template.jinja", "additional_chat_templates",
]; // prettier-ignore

const TORCH_NAMES: Readonly<Record<WrittenDtype, string>> = { f32: "float32", bf16: "bfloat16" };

export interface OutputSource {
  /** Holds config.json. */
  readonly folder: string;
  readonly tokenizerFolder: string;
  /** Jinja text to be written where the tokenizer has no chat template. */
  readonly chatTemplate?: string | undefined;
}

/** Everything of a checkpoint's folder but the weights; config.json says in which type these are written. */
export async function copyAround(path: string, source: OutputSource, dtype: WrittenDtype): Promise<void> {
  await makeFolders(path);
  const config = JSON.parse(await readFile(join(source.folder, "config.json"), "utf8")) as Record<string, unknown>;
  const key = "dtype" in config ? "dtype" : "torch_dtype";
  await writeWhole(join(path, "config.json"), `${JSON.stringify({ ...config, [key]: TORCH_NAMES[dtype] }, null, 2)}\n`);
  const generation = join(source.folder, "generation_config.json");
  if (existsSync(generation)) await copyFile(generation, join(path, "generation_config.json"));
  await copyTokenizer(path, source);
}

/** The tokenizer's files. */
export async function copyTokenizer(path: string, { tokenizerFolder, chatTemplate }: OutputSource): Promise<void> {
  const there = await listFolder(tokenizerFolder);
  for (const name of TOKENIZER_FILES.filter((file) => there.includes(file))) {
    await cp(join(tokenizerFolder, name), join(path, name), { recursive: true, dereference: true });
  }
  if (chatTemplate !== undefined) await writeWhole(join(path, "chat_template.jinja"), chatTemplate);
}
