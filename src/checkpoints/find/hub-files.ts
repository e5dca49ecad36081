/** Which files of a repository make up a checkpoint. */

import { didYouMean, UserError } from "../../base/errors.js";
import { hasTokenizer } from "../tokenizers/read-tokenizer.js";
import type { RepoFile } from "../../hub/index.js";

const ABOUT = /^(?:config|generation_config)\.json$/;
const TOKENIZER =
  /^(?:tokenizer[\w.-]*\.json|special_tokens_map\.json|added_tokens\.json|(?:chat_template|additional_chat_templates\/[^/]+)\.jinja)$/;

/** What a tokenizer is made from where there is no tokenizer.json. */
const TOKENIZER_PARTS = /^(?:vocab\.json|merges\.txt|tokenizer\.model)$/;

/** Ways weights are stored, best first: a single file, else the shards with their index. */
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
  /** Folder of the tokenizer in the repository: the subfolder, or the root where the subfolder has none. */
  readonly tokenizerFolder: string;
}

/**
 * @param listing all files of the repository at a commit
 * @param subfolder folder of config.json and the weights, "" for the root
 * @param source the checkpoint in messages, e.g. `org/name@main`
 * @throws UserError when configuration, tokenizer or weights are not there
 */
export function checkpointFiles(listing: readonly RepoFile[], subfolder: string, source: string): CheckpointFiles {
  const inFolder = (folder: string, name: RegExp) =>
    listing.filter(({ path }) => path.startsWith(prefixOf(folder)) && name.test(path.slice(prefixOf(folder).length)));
  const about = inFolder(subfolder, ABOUT);
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
  const tokenizerFolder = [subfolder, ""].find((folder) =>
    hasTokenizer(inFolder(folder, /^[^/]+$/).map(({ path }) => path.slice(prefixOf(folder).length))),
  );
  if (tokenizerFolder === undefined) {
    throw new UserError(
      `${source} has no tokenizer: no tokenizer.json, no vocab.json with merges.txt, no tokenizer.model`,
    );
  }
  const weights = WEIGHTS.map((name) => inFolder(subfolder, name)).find((found) => found.length > 0);
  if (weights === undefined) {
    throw new UserError(`${source} has no weights: no safetensors, no pytorch_model.bin, no onnx/model.onnx`);
  }
  const tokenizer = inFolder(tokenizerFolder, TOKENIZER);
  const isWhole = tokenizer.some(({ path }) => path === `${prefixOf(tokenizerFolder)}tokenizer.json`);
  const parts = isWhole ? [] : inFolder(tokenizerFolder, TOKENIZER_PARTS);
  return { files: [...about, ...tokenizer, ...parts, ...weights], tokenizerFolder };
}

/**
 * The same for a checkpoint whose weights are elsewhere.
 * @throws UserError when there is no tokenizer
 */
export function tokenizerFiles(listing: readonly RepoFile[], subfolder: string, source: string): CheckpointFiles {
  const folders = [subfolder, ""];
  const tokenizerFolder = folders.find((folder) =>
    listing.some(({ path }) => path === `${prefixOf(folder)}tokenizer.json`),
  );
  if (tokenizerFolder === undefined) {
    throw new UserError(`${source} has no tokenizer.json; only tokenizers in their fast form can be read`);
  }
  const inFolder = (folder: string, name: RegExp) =>
    listing.filter(({ path }) => path.startsWith(prefixOf(folder)) && name.test(path.slice(prefixOf(folder).length)));
  return { files: [...inFolder(subfolder, ABOUT), ...inFolder(tokenizerFolder, TOKENIZER)], tokenizerFolder };
}

function prefixOf(folder: string): string {
  return folder === "" ? "" : `${folder}/`;
}
