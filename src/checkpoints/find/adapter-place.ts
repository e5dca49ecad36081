/** Finds the folder of a LoRA adapter from `lora:PLACE`; one from the hub is filled when it is fetched. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { didYouMean, UsageError, UserError } from "../../base/errors.js";
import { hubSettings, listFiles, resolveRevision, snapshotFolder, type RepoFile } from "../../hub/index.js";
import { ADAPTER_CONFIG } from "../files/adapter-folder.js";
import { ADAPTER_WEIGHTS } from "../files/lora.js";
import type { HubDownload } from "./resolve.js";
import { nearestFolder, parseSpec } from "./spec.js";

const SPEC = "lora:";

/** Returns the place of "lora:PLACE"; undefined for any other spec. */
export function loraPlace(spec: string): string | undefined {
  return spec.startsWith(SPEC) ? spec.slice(SPEC.length) : undefined;
}

/** Writes a place as "lora:PLACE". */
export function loraSpec(place: string): string {
  return `${SPEC}${place}`;
}

export interface ResolvedAdapter {
  /** Holds adapter_config.json and the adapter's weights; of a hub adapter, once it is fetched. */
  readonly folder: string;
  /** Commit on the hub; undefined for a local folder. */
  readonly revision: string | undefined;
  /** What has to be downloaded; undefined for a local folder. */
  readonly download: HubDownload | undefined;
}

/**
 * Finds an adapter without downloading it. Of a hub adapter it is known afterwards that the revision exists and lists
 * the files of an adapter.
 * @param place a folder, or a hub id ORG/NAME[@REVISION][:SUBFOLDER]
 * @param options `commit` where it is known already
 * @throws UserError when there is no such adapter, or the hub does not tell
 */
export async function resolveAdapter(
  place: string,
  options: { readonly offline: boolean; readonly commit?: string | undefined },
): Promise<ResolvedAdapter> {
  const address = existsSync(place) ? undefined : hubAddress(place);
  if (address === undefined) return { folder: resolve(place), revision: undefined, download: undefined };
  if (address.kind === "folder")
    return { folder: join(address.root, address.subfolder), revision: undefined, download: undefined };
  const { id, subfolder, revision = "main" } = address;
  const settings = hubSettings(process.env, { offline: options.offline });
  const repo = { type: "model", id } as const;
  const commit = options.commit ?? (await resolveRevision(settings, repo, revision));
  const files = adapterFiles(await listFiles(settings, repo, commit), subfolder, `${id}@${revision}`);
  const download = { settings, repo, revision, commit, files };
  return { folder: join(snapshotFolder(download), subfolder), revision: commit, download };
}

function hubAddress(place: string) {
  try {
    const address = parseSpec(place);
    if (address.kind !== "builtin") return address;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  throw new UsageError(
    `${loraSpec(place)}: no such folder, and not a hub id (ORG/NAME or ORG/NAME@revision)${nearestFolder(place)}; ` +
      `a LoRA adapter is what PEFT's save_pretrained wrote`,
  );
}

/** Returns the configuration and weights of the adapter in a repository's folder. */
function adapterFiles(listing: readonly RepoFile[], subfolder: string, source: string): RepoFile[] {
  const prefix = subfolder === "" ? "" : `${subfolder}/`;
  const named = (name: string) => listing.find(({ path }) => path === `${prefix}${name}`);
  const config = named(ADAPTER_CONFIG);
  if (config === undefined) {
    const folders = listing.flatMap(({ path }) => (/^(.+)\/adapter_config\.json$/.exec(path) ?? []).slice(1, 2));
    const where = subfolder === "" ? "" : ` in its folder "${subfolder}"`;
    const hint =
      subfolder === "" && folders[0] !== undefined
        ? `; did you mean "${loraSpec(`${source}:${folders[0]}`)}"?`
        : didYouMean(subfolder, folders, 10);
    throw new UserError(`${source} has no ${ADAPTER_CONFIG}${where}${hint === "" ? "; it is no LoRA adapter" : hint}`);
  }
  const weights = ADAPTER_WEIGHTS.map(named).find((file) => file !== undefined);
  if (weights === undefined) throw new UserError(`${source} has no ${ADAPTER_WEIGHTS.join(" and no ")}`);
  return [config, weights];
}
