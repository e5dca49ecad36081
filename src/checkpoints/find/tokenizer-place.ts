/** Finds a folder with a tokenizer from what the user or a server names, downloaded where it is on the hub. */

import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../base/errors.js";
import { hubSettings, listFiles, resolveRevision, snapshotFolder } from "../../hub/index.js";
import { builtinCheckpoint } from "./builtin.js";
import { tokenizerFiles } from "./hub-files.js";
import { fetchCheckpoint, holdsTokenizer, localFolder } from "./resolve.js";
import { parseSpec } from "./spec.js";

export interface FoundTokenizer {
  /** Holds config.json, where there is one. */
  readonly folder: string;
  /** Holds tokenizer.json. */
  readonly tokenizerFolder: string;
}

/**
 * @param place a folder, a hub id or builtin; weights are not needed
 * @param tell told in a line of each file that is downloaded
 * @throws UserError when there is no such place, or it has no tokenizer
 */
export async function findTokenizer(
  place: string,
  offline: boolean,
  tell: (line: string) => void,
): Promise<FoundTokenizer> {
  const address = parseSpec(place);
  if (address.kind === "builtin") {
    const { root, subfolder } = builtinCheckpoint(address.revision);
    return { folder: join(root, subfolder), tokenizerFolder: root };
  }
  if (address.kind === "folder") {
    const { folder, tokenizerFolder } = localFolder(address.root, address.subfolder);
    return { folder, tokenizerFolder };
  }
  const { id, subfolder, revision = "main" } = address;
  const settings = hubSettings(process.env, { offline });
  const repo = { type: "model", id } as const;
  const commit = await resolveRevision(settings, repo, revision);
  const { files, tokenizerFolder } = tokenizerFiles(
    await listFiles(settings, repo, commit),
    subfolder,
    `${id}@${revision}`,
  );
  const download = { settings, repo, revision, commit, files };
  await fetchCheckpoint({ download }, tell);
  const root = snapshotFolder(download);
  return { folder: join(root, subfolder), tokenizerFolder: join(root, tokenizerFolder) };
}

/**
 * Finds the tokenizer of what a server says it serves: a folder of this machine, the folder of a GGUF file, or a hub
 * id.
 * @param names what the server says, most telling first
 * @throws UserError where none of them leads to a tokenizer
 */
export async function tokenizerOfServed(
  names: readonly string[],
  server: string,
  offline: boolean,
  tell: (line: string) => void,
): Promise<FoundTokenizer> {
  for (const name of names) {
    const folder = folderOf(name);
    if (folder !== undefined && holdsTokenizer(folder)) return findTokenizer(folder, offline, tell);
  }
  const id = names.find((name) => /^[\w.-]+\/[\w.-]+$/.test(name) && !name.endsWith(".gguf"));
  if (id === undefined) {
    throw new UserError(
      `${server} serves ${names.join(", ")}, whose tokenizer is not on this machine; give --tokenizer FOLDER or --tokenizer ORG/NAME`,
    );
  }
  try {
    return await findTokenizer(id, offline, tell);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${server} serves ${id}: ${error.message}; give --tokenizer FOLDER or --tokenizer ORG/NAME`);
  }
}

function folderOf(name: string): string | undefined {
  const entry = statSync(name, { throwIfNoEntry: false });
  if (entry === undefined) return undefined;
  return entry.isDirectory() ? name : dirname(name);
}
