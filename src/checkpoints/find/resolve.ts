/**
 * Finds the checkpoint folder on this machine for what the user wrote; that of a hub checkpoint is filled when it is
 * fetched.
 */

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  downloadFile, hubSettings, listFiles, missingFiles, rememberRevision, resolveRevision, snapshotFolder,
  type Snapshot,
} from "../../hub/index.js"; // prettier-ignore
import { sized } from "../../base/wording.js";
import { BUILTIN_NOTE, builtinCheckpoint } from "./builtin.js";
import { checkpointFiles } from "./hub-files.js";
import { hasTokenizer } from "../tokenizers/read-tokenizer.js";
import { hasWeights } from "../files/weight-files.js";
import { isGgufFile, onlyGguf } from "../gguf/gguf-names.js";
import { parseSpec } from "./spec.js";
import { isAmountAlone, parseTrainingStep, plainStep, type TrainingStep } from "./training-steps.js";

export interface ResolvedCheckpoint {
  /** Holds config.json and the weights; of a hub checkpoint, once it is fetched. */
  readonly folder: string;
  /** Holds tokenizer.json; differs from `folder` where a subfolder of a repository shares the tokenizer of its root. */
  readonly tokenizerFolder: string;
  /** Commit on the hub; undefined for a local folder. */
  readonly revision: string | undefined;
  /** Point of training, where the name of the revision or the folder says so. */
  readonly point: TrainingStep | undefined;
  /** What fetchCheckpoint downloads; undefined for a local folder. */
  readonly download: HubDownload | undefined;
  /** Something every output has to say about this checkpoint. */
  readonly note: string | undefined;
}

export interface HubDownload extends Snapshot {
  /** Branch, tag or commit as it was asked for. */
  readonly revision: string;
}

/**
 * Finds a checkpoint without downloading it. Of a hub checkpoint it is known afterwards that the revision exists and
 * lists configuration, tokenizer and weights.
 * @param spec see parseSpec
 * @param options `revision` of a hub id given apart; `commit` where it is known already
 * @throws UserError when there is no such checkpoint, or the hub does not tell
 */
export async function resolveCheckpoint(
  spec: string,
  options: { readonly revision: string | undefined; readonly offline: boolean; readonly commit?: string | undefined },
): Promise<ResolvedCheckpoint> {
  const address = parseSpec(spec, options.revision);
  if (address.kind === "builtin") {
    const { root, subfolder } = builtinCheckpoint(address.revision);
    return { ...localFolder(root, subfolder), note: BUILTIN_NOTE };
  }
  if (address.kind === "folder") return localFolder(address.root, address.subfolder);
  const { id, subfolder, revision = "main" } = address;
  const settings = hubSettings(process.env, { offline: options.offline });
  const repo = { type: "model", id } as const;
  const commit = options.commit ?? (await resolveRevision(settings, repo, revision));
  const listing = await listFiles(settings, repo, commit);
  const { files, folder, tokenizerFolder } = checkpointFiles(listing, subfolder, `${id}@${revision}`);
  const download = { settings, repo, revision, commit, files };
  const root = snapshotFolder(download);
  return {
    folder: join(root, folder),
    tokenizerFolder: join(root, tokenizerFolder),
    revision: commit,
    point: pointOfFolders(subfolder.replace(/\.gguf$/i, "")) ?? parseTrainingStep(revision) ?? plainStep(revision),
    download,
    note: isGgufFile(folder) ? GGUF_NOTE : undefined,
  };
}

/** Returns the point of training that the innermost folder of a path tells that tells one. */
function pointOfFolders(path: string): TrainingStep | undefined {
  return path
    .split("/")
    .reverse()
    .map(pointOfFolder)
    .find((point) => point !== undefined);
}

/** Reads the name of a folder or file that is given alone: 7B is rather the size of a model than the tokens it saw. */
function pointOfFolder(name: string): TrainingStep | undefined {
  return isAmountAlone(name) ? undefined : parseTrainingStep(name);
}

/** Warns that a GGUF file may hold less than the model that it is named after. */
const GGUF_NOTE = "a GGUF file: the weights as it holds them, quantised or not, are scored; results name their type";

/** Opens a folder of this machine, with its tokenizer in it or near it. */
export function localFolder(root: string, subfolder = ""): ResolvedCheckpoint {
  const gguf = ggufOf(root, subfolder);
  if (gguf !== undefined) return ggufFile(gguf);
  // Some trainers write the model in this form into a folder of its own.
  const inner = ["config.json", "hf/config.json"].find((file) => existsSync(join(root, subfolder, file)));
  const folder = inner === "hf/config.json" ? join(root, subfolder, "hf") : join(root, subfolder);
  const around = [folder, join(root, subfolder), root, dirname(root)];
  const tokenizerFolder = around.find(holdsTokenizer) ?? folder;
  return {
    folder,
    tokenizerFolder,
    revision: undefined,
    point: pointOfFolders(subfolder.replace(/\.gguf$/i, "")) ?? pointOfFolder(basename(root)),
    download: undefined,
    note: undefined,
  };
}

/** Returns the GGUF file that is named, or the only one of a folder without other weights. */
function ggufOf(root: string, subfolder: string): string | undefined {
  const path = join(root, subfolder);
  if (isGgufFile(path) && existsSync(path)) return path;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  const names = readdirSync(path);
  const file = hasWeights(names) || names.includes("onnx") ? undefined : onlyGguf(names, path);
  return file === undefined ? undefined : join(path, file);
}

function ggufFile(path: string): ResolvedCheckpoint {
  const folder = dirname(path);
  return {
    folder: path,
    tokenizerFolder: existsSync(join(folder, "tokenizer.json")) ? folder : path,
    revision: undefined,
    point: pointOfFolder(basename(path).replace(/\.gguf$/i, "")) ?? pointOfFolder(basename(folder)),
    download: undefined,
    note: GGUF_NOTE,
  };
}

export function holdsTokenizer(folder: string): boolean {
  return existsSync(folder) && statSync(folder).isDirectory() && hasTokenizer(readdirSync(folder));
}

/** Describes what may have to be downloaded: a checkpoint or an adapter. */
export type Fetchable = Pick<ResolvedCheckpoint, "download">;

/** Counts the bytes that fetchCheckpoint has to download: 0 where everything is on this machine. */
export async function bytesToFetch({ download }: Fetchable): Promise<number> {
  const missing = download === undefined ? [] : await missingFiles(download);
  return missing.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Downloads what is missing of a checkpoint or an adapter into the hub's cache.
 * @param onProgress called with a line of text before each file
 * @throws UserError when the hub cannot give it
 */
export async function fetchCheckpoint(
  { download }: Fetchable,
  onProgress: (line: string) => void = () => undefined,
): Promise<void> {
  if (download === undefined) return;
  const { settings, repo, revision, commit, files } = download;
  const missing = new Set(await missingFiles(download));
  for (const file of files) {
    if (missing.has(file)) onProgress(`${repo.id}@${revision}: ${file.path} (${sized(file.size)})`);
    await downloadFile(settings, repo, commit, file);
  }
  if (missing.size > 0 && revision !== commit) await rememberRevision(settings, repo, revision, commit);
}
