/**
 * Downloads that are not complete yet. Each process writes to a file of its own,
 * `<blob>.<host>-<pid>.incomplete`, so that two of them never mix their bytes, and takes over what a dead one left.
 */

import { readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/**
 * Sets how long (milliseconds) a partial file may be still before it has no owner: a live download writes all the time.
 */
const ABANDONED_MS = 10 * 60_000;

const HOST = hostname().replace(/[^\w-]/g, "_");
const SUFFIX = ".incomplete";

/**
 * Claims this process's partial file for a blob. It may not exist yet; else it holds the first bytes of the blob,
 * written by an earlier attempt of this or of an ended process.
 */
export async function claimPartial(blob: string): Promise<string> {
  const own = `${blob}.${HOST}-${process.pid}${SUFFIX}`;
  for (const path of await abandonedPartials(blob, own)) {
    try {
      // Moving is atomic: of several processes that want the file, one gets it.
      await rename(path, own);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return own;
}

/** Removes what dead processes left of a blob that is complete now. */
export async function removeAbandoned(blob: string): Promise<void> {
  for (const path of await abandonedPartials(blob, "")) await rm(path, { force: true });
}

/** Lists the partial files without an owner, the longest first; none when `own` is there already. */
async function abandonedPartials(blob: string, own: string): Promise<string[]> {
  const names = await readdir(dirname(blob));
  if (names.includes(basename(own))) return [];
  const found: { path: string; size: number }[] = [];
  for (const name of names) {
    if (!name.startsWith(`${basename(blob)}.`) || !name.endsWith(SUFFIX)) continue;
    const path = join(dirname(blob), name);
    const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: Infinity }));
    if (ownerHasEnded(name) || Date.now() - mtimeMs > ABANDONED_MS) found.push({ path, size });
  }
  return found.sort((a, b) => b.size - a.size).map(({ path }) => path);
}

function ownerHasEnded(name: string): boolean {
  const [, host, pid] = /\.([\w-]+)-(\d+)\.incomplete$/.exec(name) ?? [];
  if (host !== HOST) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
