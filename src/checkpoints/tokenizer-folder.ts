/** Opens a folder for its tokenizer alone, where the weights are elsewhere. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { canonicalJson, hashFile, sha256 } from "../base/hash.js";
import { listFolder, readJson } from "./files/folder.js";
import { specialIds } from "./model-weights.js";
import { readChatTemplates } from "./tokenizers/chat-templates.js";
import { hasTokenizer, readTokenizer } from "./tokenizers/read-tokenizer.js";

export interface TokenizerFolder {
  readonly folder: string;
  readonly tokenizerJson: Record<string, unknown>;
  readonly tokenizerConfig: Record<string, unknown>;
  /** Jinja texts by name; "default" is used where none is named. */
  readonly chatTemplates: ReadonlyMap<string, string>;
  readonly bosId: number | undefined;
  readonly eosIds: readonly number[];
  /** From config.json, where the folder has one. */
  readonly architecture: string | undefined;
  readonly window: number | undefined;
  readonly vocabSize: number | undefined;
  /** SHA-256 of everything that decides which ids a model reads, and of config.json. */
  readonly hashes: { readonly tokenizer: string; readonly config: string };
}

/**
 * @param folder holds tokenizer.json, and config.json where the window and the special ids are to be known
 * @param tokenizerFolder where the tokenizer's files are, when not with the configuration
 * @throws UserError when there is no tokenizer.json, or a file is damaged
 */
export async function openTokenizerFolder(folder: string, tokenizerFolder = folder): Promise<TokenizerFolder> {
  const files = await listFolder(folder);
  const own = tokenizerFolder === folder ? files : await listFolder(tokenizerFolder);
  if (!hasTokenizer(own))
    throw new UserError(`${tokenizerFolder}: no tokenizer; --tokenizer takes a folder or a hub id that has one`);
  const config = (await readJson(folder, files, "config.json")) ?? {};
  const { tokenizerJson, tokenizerConfig } = await readTokenizer(tokenizerFolder, own, config);
  const generation = (await readJson(folder, files, "generation_config.json")) ?? {};
  const chatTemplates = await readChatTemplates(tokenizerFolder, own, tokenizerConfig);
  const parts = [
    tokenizerJson,
    tokenizerConfig,
    ...(chatTemplates.size === 0 ? [] : [Object.fromEntries(chatTemplates)]),
  ];
  const number = (...names: string[]) =>
    names
      .map((name) => config[name])
      .find((value): value is number => typeof value === "number" && Number.isInteger(value));
  const architectures: unknown = config["architectures"];
  const architecture: unknown = Array.isArray(architectures) ? architectures[0] : config["model_type"];
  const path = join(folder, "config.json");
  return {
    folder,
    tokenizerJson,
    tokenizerConfig,
    chatTemplates,
    ...specialIds(config, generation),
    architecture: typeof architecture === "string" ? architecture : undefined,
    window:
      number("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length") ??
      modelMaxLength(tokenizerConfig),
    vocabSize: number("vocab_size"),
    hashes: { tokenizer: sha256(canonicalJson(parts)), config: existsSync(path) ? await hashFile(path) : sha256("") },
  };
}

/** Tokenizers without a limit state a number beyond all windows. */
function modelMaxLength({ model_max_length: length }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof length === "number" && length > 0 && length < 1e8 ? length : undefined;
}
