/**
 * Opens GGUF files as a checkpoint: tensors and configuration as they were released, the tokenizer made from the
 * metadata.
 */

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { didYouMean, UserError } from "../../base/errors.js";
import { ARCHITECTURES } from "../architectures/index.js";
import { readFloats } from "../files/tensor-values.js";
import { elementsOf, type TensorLocation } from "../files/tensors.js";
import type { TokenizerFiles } from "../tokenizers/read-tokenizer.js";
import type { Facts, Json } from "./configs.js";
import { FAMILIES, type Family } from "./families.js";
import { fileTypeOf } from "./file-types.js";
import { ggufShards } from "./gguf-names.js";
import { readGguf, type GgufFile, type Metadata } from "./header.js";
import { MetadataReader } from "./metadata-reader.js";
import { ggufTokenizer } from "./tokenizer.js";

export interface GgufCheckpoint {
  /** What config.json would say. */
  readonly config: Record<string, unknown>;
  /** Under the names of the released checkpoint. */
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** Name of the quantisation, e.g. "Q4_K_M". */
  readonly fileType: string;
  readonly metadata: Metadata;
}

/**
 * @param path a GGUF file, or the first of several that hold one model
 * @throws UserError when it is damaged, or its architecture or quantisation is not supported
 */
export async function openGguf(path: string): Promise<GgufCheckpoint> {
  const { metadata, tensors: stored } = await readShards(path);
  const architecture = metadata.get("general.architecture");
  const family =
    typeof architecture === "string" && Object.hasOwn(FAMILIES, architecture) ? FAMILIES[architecture] : undefined;
  if (family === undefined || typeof architecture !== "string") {
    const names = Object.keys(FAMILIES);
    const shown = typeof architecture === "string" ? architecture : "(none named)";
    throw new UserError(
      `${path}: GGUF architecture ${shown} is not supported${didYouMean(shown, names, 0)}; supported: ${names.join(", ")}`,
    );
  }
  const meta = new MetadataReader(metadata, architecture, path);
  const { tensors, factors } = await releasedTensors(stored, family, meta);
  const rows = (name: string) => stored.find((tensor) => tensor.name === name)?.shape[0];
  const vocab = rows("token_embd.weight");
  if (vocab === undefined) throw meta.fail("tensor token_embd.weight is missing");
  const facts: Facts = { vocab, tied: rows("output.weight") === undefined, rows, factors };
  const config = {
    architectures: [family.architecture],
    model_type: modelTypeOf(family.architecture),
    torch_dtype: "float32",
    ...family.config(meta, facts),
    ...specialIds(metadata),
  };
  meta.finish();
  return { config, tensors, metadata, fileType: fileTypeOf(metadata, stored) };
}

function modelTypeOf(name: string): string | undefined {
  return ARCHITECTURES.find((architecture) => architecture.name === name)?.modelType;
}

/** Makes the tokenizer of a GGUF file. @throws UserError when it is damaged, or of a kind that is not supported */
export function tokenizerOf({ metadata }: Pick<GgufCheckpoint, "metadata">, path: string): TokenizerFiles {
  return ggufTokenizer(metadata, path);
}

/** Reads all tensors of a model, and the metadata of its first file. */
async function readShards(path: string): Promise<GgufFile> {
  const [first = "", ...others] = ggufShards(basename(path)).map((name) => join(dirname(path), name));
  const missing = [first, ...others].find((file) => !existsSync(file));
  if (missing !== undefined) throw new UserError(`${missing}: this part of the model is missing; download it`);
  const { metadata, tensors } = await readGguf(first);
  const names = new Set(tensors.map(({ name }) => name));
  const all = [...tensors];
  for (const file of others) {
    for (const tensor of (await readGguf(file)).tensors) {
      if (names.has(tensor.name))
        throw new UserError(`${file}: tensor ${tensor.name} is in another part too; download them again`);
      names.add(tensor.name);
      all.push(tensor);
    }
  }
  return { metadata, tensors: all };
}

/** Names the small tensors that scale the rotary embedding: they are a part of the configuration. */
const FACTORS = /^rope_(?:freqs|factors_long|factors_short)\.weight$/;
const MOST_FACTORS = 4096;

async function releasedTensors(stored: readonly TensorLocation[], family: Family, meta: MetadataReader) {
  const tensors = new Map<string, TensorLocation>();
  const factors = new Map<string, readonly number[]>();
  for (const tensor of stored) {
    if (FACTORS.test(tensor.name)) {
      if (elementsOf(tensor) > MOST_FACTORS) throw meta.fail(`tensor ${tensor.name} is too large; the file is damaged`);
      factors.set(tensor.name, [...(await readFloats(tensor))]);
      continue;
    }
    const name = releasedName(tensor.name, family);
    if (name === undefined)
      throw meta.fail(`tensor ${tensor.name} is not a part of the architecture that the file names`);
    tensors.set(name, { ...tensor, name, ...family.stored?.(tensor.name, tensor, meta) });
  }
  return { tensors, factors };
}

function releasedName(name: string, { layers, layer, outside }: Family): string | undefined {
  const [, number, own, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const names = number === undefined ? outside : layer;
  if (own === undefined || !Object.hasOwn(names, own)) return undefined;
  return number === undefined ? `${names[own]}.${kind}` : `${layers}${number}.${names[own]}.${kind}`;
}

/** Returns the ids that begin a text, fill one up and end one: a turn of a chat ends with a token of its own. */
function specialIds(metadata: Metadata): Json {
  const [bos, pad, eos, turn] = ["bos", "padding", "eos", "eot"].map((name) =>
    metadata.get(`tokenizer.ggml.${name}_token_id`),
  );
  const idOrNone = (id: unknown) => (typeof id === "number" ? id : null);
  const ends = [...new Set([eos, turn].filter((id) => typeof id === "number"))];
  // A key that is left out has a default of its family.
  return {
    bos_token_id: idOrNone(bos),
    pad_token_id: idOrNone(pad),
    eos_token_id: ends.length > 1 ? ends : idOrNone(ends[0]),
  };
}
