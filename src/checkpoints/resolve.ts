/** From what the user wrote to a checkpoint folder on this machine. */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../errors.js";
import { downloadFile, hubSettings, listFiles, resolveRevision } from "../hub/index.js";
import { BUILTIN_NOTE, builtinCheckpoint } from "./builtin.js";

export interface ResolvedCheckpoint {
  readonly folder: string;
  /** Commit on the hub; undefined for a local folder. */
  readonly revision: string | undefined;
  /** Something every output has to say about this checkpoint. */
  readonly note: string | undefined;
}

/** ORG/NAME as the hub spells it, with an optional @revision. */
const HUB_ID = /^([\w.-]+\/[\w.-]+)(?:@(.+))?$/;

/**
 * @param spec "builtin", a folder, or a hub id, with "@revision" or the revision given apart
 * @param onProgress called with a line of text while files are downloaded
 * @throws UserError when it is none of these, or the hub cannot give it
 */
export async function resolveCheckpoint(
  spec: string,
  options: {
    readonly revision: string | undefined;
    readonly offline: boolean;
    readonly onProgress?: (line: string) => void;
  },
): Promise<ResolvedCheckpoint> {
  const { revision } = options;
  if (spec === "builtin" || existsSync(spec)) {
    if (revision !== undefined)
      throw new UserError(`--revision ${revision} goes with a hub id; ${spec} has no revisions`);
    if (spec === "builtin") return { folder: await builtinCheckpoint(), revision: undefined, note: BUILTIN_NOTE };
    return { folder: resolve(spec), revision: undefined, note: undefined };
  }
  const match = HUB_ID.exec(spec);
  if (match === null || /^[./~]/.test(spec)) {
    throw new UserError(
      `checkpoint "${spec}": no such folder, and not a hub id (ORG/NAME or ORG/NAME@revision) or "builtin"`,
    );
  }
  const [, id, ownRevision] = match as unknown as [string, string, string | undefined];
  if (ownRevision !== undefined && revision !== undefined && ownRevision !== revision) {
    throw new UserError(
      `checkpoint "${spec}": the spec names revision ${ownRevision} and --revision says ${revision}; give one`,
    );
  }
  return fromHub(id, ownRevision ?? revision ?? "main", options);
}

/** Downloads what a checkpoint needs (configuration, tokenizer, weights) into the hub's cache. */
async function fromHub(
  id: string,
  revision: string,
  options: { readonly offline: boolean; readonly onProgress?: (line: string) => void },
): Promise<ResolvedCheckpoint> {
  const settings = hubSettings(process.env, { offline: options.offline });
  const repo = { type: "model", id } as const;
  const commit = await resolveRevision(settings, repo, revision);
  const files = await listFiles(settings, repo, commit);
  const names = files.map(({ path }) => path);
  const needed = (path: string) =>
    /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map)\.json$/.test(path) ||
    weights(names).includes(path);
  let folder: string | undefined;
  for (const file of files.filter(({ path }) => needed(path))) {
    options.onProgress?.(`${id}@${revision}: ${file.path} (${(file.size / 1e6).toFixed(1)} MB)`);
    const local = await downloadFile(settings, repo, commit, file);
    if (file.path === "config.json") folder = dirname(local);
  }
  if (folder === undefined) throw new UserError(`${id}@${revision} has no config.json; is it a model repository?`);
  return { folder, revision: commit, note: undefined };
}

/** Weight files worth downloading: safetensors if there are any, else the f32 ONNX export with its data file. */
function weights(names: readonly string[]): string[] {
  const single = names.filter((name) => name === "model.safetensors");
  const shards = names.filter(
    (name) => /^model-\d+-of-\d+\.safetensors$/.test(name) || name === "model.safetensors.index.json",
  );
  if (single.length > 0) return single;
  if (shards.length > 0) return shards;
  return names.filter((name) => name === join("onnx", "model.onnx") || name === join("onnx", "model.onnx_data"));
}
