/** Estimates what a study has to download, before it does. */

import { missingFiles } from "../hub/index.js";
import type { EngineGroup } from "./groups.js";

export interface DownloadEstimate {
  /** Checkpoints of which something is not on this machine. */
  readonly checkpoints: number;
  /** Bytes of all files, equal content counted once. */
  readonly bytes: number;
  /** Bytes of downloads on disk at the worst moment. */
  readonly bytes_on_disk: number;
}

/** @param keep downloaded checkpoints that may be on disk at a time; undefined keeps all */
export async function estimateDownload(
  groups: readonly EngineGroup[],
  keep: number | undefined,
): Promise<DownloadEstimate> {
  const sizes: Map<string, number>[] = [];
  for (const { resolved, adapters } of groups) {
    const downloads = [resolved, ...adapters].flatMap(({ download }) => download ?? []);
    const missing = (await Promise.all(downloads.map(missingFiles))).flat();
    if (missing.length > 0) sizes.push(new Map(missing.map(({ blob, size }) => [blob, size])));
  }
  const together = (parts: readonly Map<string, number>[]) =>
    [...new Map(parts.flatMap((part) => [...part])).values()].reduce((sum, size) => sum + size, 0);
  const window = keep === undefined ? sizes.length : Math.max(1, keep);
  return {
    checkpoints: sizes.length,
    bytes: together(sizes),
    bytes_on_disk: Math.max(0, ...sizes.map((_, i) => together(sizes.slice(i, i + window)))),
  };
}
