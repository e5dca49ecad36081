/** Decides which files of a repository make up a checkpoint. */

import { posix } from "node:path";
import { didYouMean, UserError } from "../../base/errors.js";
import { ggufShards, isGguf, onlyGguf } from "../gguf/gguf-names.js";
import { hasTokenizer, noTokenizer } from "../tokenizers/read-tokenizer.js";
import { refuseAdapter } from "../files/adapter-folder.js";
import type { RepoFile } from "../../hub/index.js";

const ABOUT = /^(?:config|generation_config)\.json$/;
const TOKENIZER =
  /^(?:tokenizer[\w.-]*\.json|special_tokens_map\.json|added_tokens\.json|(?:chat_template|additional_chat_templates\/[^/]+)\.jinja)$/;

/** Lists the files that a tokenizer is made from where there is no tokenizer.json. */
const TOKENIZER_PARTS = /^(?:vocab\.json|merges\.txt|tekken\.json|tokenizer\.model)$/;

/** Lists the ways weights are stored, best first: a single file, else the shards with their index. */
const WEIGHTS = [
  /^model\.safetensors$/,
  /^model(?:-\d+-of-\d+\.safetensors|\.safetensors\.index\.json)$/,
  /^pytorch_model\.bin$/,
  /^pytorch_model(?:-\d+-of-\d+\.bin|\.bin\.index\.json)$/,
  /^onnx\/model\.onnx(?:_data(?:_\d+)?)?$/,
];

export interface CheckpointFiles {
  /** Entries of the listing: configuration, tokenizer and the best form of the weights. */
  readonly files: readonly RepoFile[];
  /**
   * Folder of configuration and weights in the repository; or a GGUF file, the first of several that hold one model.
   */
  readonly folder: string;
  /** Folder of the tokenizer: that of the weights, or the nearest of those above it that has one. */
  readonly tokenizerFolder: string;
}

/**
 * @param listing all files of the repository at a commit
 * @param subfolder folder of config.json and the weights, "" for the root
 * @param source the checkpoint in messages, e.g. `org/name@main`
 * @throws UserError when configuration, tokenizer or weights are not there
 */
export function checkpointFiles(listing: readonly RepoFile[], subfolder: string, source: string): CheckpointFiles {
  // Some trainers write the model in this form into a folder of its own.
  const inner = `${prefixOf(subfolder)}hf`;
  const holds = (folder: string) => listing.some(({ path }) => path === `${prefixOf(folder)}config.json`);
  if (subfolder !== "" && !holds(subfolder) && holds(inner)) return checkpointFiles(listing, inner, source);
  const gguf = ggufFiles(listing, subfolder, source);
  if (gguf !== undefined) return gguf;
  const about = filesIn(listing, subfolder, ABOUT);
  const own = filesIn(listing, subfolder, /^[^/]+$/).map(({ path }) => path.slice(prefixOf(subfolder).length));
  refuseAdapter(subfolder === "" ? source : `${source}:${subfolder}`, own);
  const config = `${prefixOf(subfolder)}config.json`;
  if (!about.some(({ path }) => path === config)) {
    const folders = listing.flatMap(({ path }) => (/^(.+)\/config\.json$/.exec(path) ?? []).slice(1, 2));
    if (subfolder !== "") {
      const known = didYouMean(subfolder, folders, 10);
      throw new UserError(`${source} has no config.json in its folder "${subfolder}"${known}`);
    }
    const [first] = folders;
    const hint = first === undefined ? "is it a model repository?" : `did you mean "${source}:${first}"?`;
    throw new UserError(`${source} has no config.json; ${hint}`);
  }
  const tokenizer = tokenizerOf(listing, subfolder, source);
  const weights = WEIGHTS.map((name) => filesIn(listing, subfolder, name)).find((found) => found.length > 0);
  if (weights === undefined) {
    throw new UserError(
      `${source} has no weights: no safetensors, no pytorch_model.bin, no GGUF file, no onnx/model.onnx`,
    );
  }
  return {
    files: [...about, ...tokenizer.files, ...weights],
    folder: subfolder,
    tokenizerFolder: tokenizer.tokenizerFolder,
  };
}

/**
 * Returns the GGUF file that is named, or the only one of a folder without other weights; with tokenizer.json where
 * that is beside it.
 */
function ggufFiles(listing: readonly RepoFile[], place: string, source: string): CheckpointFiles | undefined {
  const named = isGguf(place);
  const folder = named ? posix.dirname(place).replace(/^\.$/, "") : place;
  const prefix = prefixOf(folder);
  const names = filesIn(listing, folder, /^[^/]+$/).map(({ path }) => path.slice(prefix.length));
  const isWeights = WEIGHTS.some((weights) => filesIn(listing, folder, weights).length > 0);
  const first = named ? place.slice(prefix.length) : isWeights ? undefined : onlyGguf(names, source);
  if (first === undefined) return undefined;
  const shards = ggufShards(first);
  const missing = shards.find((name) => !names.includes(name));
  if (missing !== undefined)
    throw new UserError(`${source} has no file ${prefix}${missing}${didYouMean(missing, names.filter(isGguf), 10)}`);
  const tokenizer = names.includes("tokenizer.json") ? filesIn(listing, folder, TOKENIZER) : [];
  const weights = listing.filter(({ path }) => shards.some((name) => path === prefix + name));
  return {
    files: [...tokenizer, ...weights],
    folder: prefix + first,
    tokenizerFolder: tokenizer.length > 0 ? folder : prefix + first,
  };
}

/**
 * Returns the tokenizer's files for a checkpoint whose weights are elsewhere.
 * @throws UserError when there is no tokenizer
 */
export function tokenizerFiles(listing: readonly RepoFile[], subfolder: string, source: string): CheckpointFiles {
  const { files, tokenizerFolder } = tokenizerOf(listing, subfolder, source);
  return { files: [...filesIn(listing, subfolder, ABOUT), ...files], folder: subfolder, tokenizerFolder };
}

/** Tells whether a file is one of weights. */
export function isWeights({ path }: Pick<RepoFile, "path">): boolean {
  const inFolder = /(?:onnx\/)?[^/]*$/.exec(path)?.[0] ?? path;
  return WEIGHTS.some((name) => name.test(inFolder));
}

/** Returns the files of the tokenizer in the subfolder, or in the nearest folder above it that has one. */
function tokenizerOf(listing: readonly RepoFile[], subfolder: string, source: string): Omit<CheckpointFiles, "folder"> {
  const tokenizerFolder = withParents(subfolder).find((folder) =>
    hasTokenizer(filesIn(listing, folder, /^[^/]+$/).map(({ path }) => path.slice(prefixOf(folder).length))),
  );
  if (tokenizerFolder === undefined) {
    throw new UserError(`${source} has no tokenizer: ${noTokenizer(listing.map(({ path }) => posix.basename(path)))}`);
  }
  const tokenizer = filesIn(listing, tokenizerFolder, TOKENIZER);
  const isWhole = tokenizer.some(({ path }) => path === `${prefixOf(tokenizerFolder)}tokenizer.json`);
  const parts = isWhole ? [] : filesIn(listing, tokenizerFolder, TOKENIZER_PARTS);
  return { files: [...tokenizer, ...parts], tokenizerFolder };
}

/** Returns the entries of a folder whose names in it fit. */
function filesIn(listing: readonly RepoFile[], folder: string, name: RegExp): RepoFile[] {
  const prefix = prefixOf(folder);
  return listing.filter(({ path }) => path.startsWith(prefix) && name.test(path.slice(prefix.length)));
}

/** Returns a folder and those above it up to the root: a/b, a, "". */
function withParents(folder: string): string[] {
  const parts = folder.split("/").filter((part) => part !== "");
  return [...parts.map((_, i) => parts.slice(0, parts.length - i).join("/")), ""];
}

function prefixOf(folder: string): string {
  return folder === "" ? "" : `${folder}/`;
}
