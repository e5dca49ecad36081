/** Writes what a plan asks as files, with a program that answers them where the weights are. */

import { existsSync } from "node:fs";
import { chmod, copyFile, readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { UsageError } from "../base/errors.js";
import { makeFolders } from "../base/folders.js";
import { hashFile, hashValue, sha256 } from "../base/hash.js";
import { VERSION } from "../base/package-info.js";
import { counted } from "../base/wording.js";
import { withCanaries } from "../engine/backends/offline/canaries.js";
import { REQUESTS_SCHEMA, type AskedCheckpoint, type Manifest, type RequestPart, type RequestSet } from "../engine/backends/offline/manifest.js"; // prettier-ignore
import { lengthOf } from "../engine/backends/offline/request-row.js";
import { snapshotFolder } from "../hub/index.js";
import { fileNameOf } from "../store/file-names.js";
import { parquetOfLines } from "../store/parquet.js";
import { attempt, writeWhole } from "../store/results-folder.js";
import type { Plan, StudyCheckpoint } from "./plan.js";
import { recordRequests, type RecordedRequests } from "./record-requests.js";

const RUNNER = new URL("../engine/backends/offline/", import.meta.url);
/** Lists the programs that answer requests: by themselves, and as workers of Ray Data. */
const PROGRAMS = ["run.py", "run_ray.py"];
const COLUMNS = {
  id: "VARCHAR",
  context: "INTEGER[]",
  continuations: "INTEGER[][]",
  max_new_tokens: "INTEGER",
  part: "VARCHAR",
};

export interface ExportOptions {
  /** Options of the run, for requests import. */
  readonly command: object;
  readonly folder: string;
  /** Rows of a part at most. */
  readonly partRows: number;
  /** Told in a line of what takes long. */
  readonly tell: (line: string) => void;
}

/**
 * Writes manifest.json, requests/, run.py and run_ray.py.
 * @throws UsageError when the folder holds something else, or a checkpoint cannot be answered for in this way
 */
export async function exportRequests(plan: Plan, options: ExportOptions): Promise<Manifest> {
  const { folder, command, tell } = options;
  await refuseUsed(folder);
  const recorded = await recordRequests(plan, tell);
  const requests: RequestSet[] = [];
  const checkpoints: AskedCheckpoint[] = [];
  for (const [i, one] of recorded.entries()) {
    const name = `r${i + 1}`;
    requests.push(await writeSet(name, one, options));
    for (const checkpoint of one.checkpoints) checkpoints.push(await askedCheckpoint(checkpoint, name));
  }
  // In the order of the study.
  const order = plan.checkpoints.map(({ given }) => given.name);
  checkpoints.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  for (const program of PROGRAMS) {
    const target = join(folder, program);
    await attempt(target, () => copyFile(fileURLToPath(new URL(program, RUNNER)), target));
    await chmod(target, 0o755);
  }
  const manifest = { schema: REQUESTS_SCHEMA, version: VERSION, command, requests, checkpoints } as Manifest;
  await writeWhole(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Names the rows of a set, whatever parts they are in. */
export function rowsHash({ rows }: RecordedRequests): string {
  return hashValue(rows.map(({ id }) => id));
}

async function refuseUsed(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const files = await readdir(folder);
  if (files.length > 0)
    throw new UsageError(`--out ${folder}: there are files in it (${String(files[0])}); give a new folder`);
}

async function writeSet(
  name: string,
  recorded: RecordedRequests,
  { folder, partRows, tell }: ExportOptions,
): Promise<RequestSet> {
  const { rows, parts: model } = recorded;
  const { tokenizerFolder, tokenizer, window, eosIds } = model;
  const vocabSize = tokenizerFolder.vocabSize;
  const parts: RequestPart[] = [];
  const count = Math.ceil(rows.length / partRows);
  tell(`${name}: ${counted(rows.length, "request")} in ${counted(count, "part")}`);
  await attempt(folder, () => makeFolders(join(folder, "requests", name)));
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const own = rows.slice(i * partRows, (i + 1) * partRows);
    const all = withCanaries(own, tokenizer, vocabSize, i === 0);
    const part = `part-${String(i + 1).padStart(4, "0")}`;
    const [file, parquet] = ["jsonl.gz", "parquet"].map((ending) => `requests/${name}/${part}.${ending}`) as [string, string]; // prettier-ignore
    const packed = gzipSync(all.map((row) => `${JSON.stringify({ ...row, part })}\n`).join(""));
    await writeWhole(join(folder, file), packed);
    await attempt(join(folder, parquet), () => parquetOfLines(join(folder, file), COLUMNS, join(folder, parquet)));
    parts.push({
      name: part,
      file,
      sha256: sha256(packed),
      parquet: { file: parquet, sha256: await hashFile(join(folder, parquet)) },
      rows: all.length,
    });
    longest = all.reduce((most, row) => Math.max(most, lengthOf(row)), longest);
  }
  return {
    name,
    tokenizer_sha256: tokenizerFolder.hashes.tokenizer,
    window,
    vocab_size: vocabSize ?? null,
    eos_ids: eosIds,
    longest,
    rows_sha256: rowsHash(recorded),
    parts,
  };
}

async function askedCheckpoint({ given, resolved }: StudyCheckpoint, requests: string): Promise<AskedCheckpoint> {
  const { download, folder, tokenizerFolder, revision } = resolved;
  const places = { "config.json": folder, "tokenizer.json": tokenizerFolder };
  const files: Record<string, string> = {};
  for (const [file, place] of Object.entries(places)) {
    const path = join(place, file);
    if (existsSync(path)) files[file] = await hashFile(path);
  }
  return {
    name: given.name,
    folder: fileNameOf(given.name),
    requests,
    model: download === undefined ? resolve(folder) : download.repo.id,
    revision: revision ?? null,
    subfolder: download === undefined ? "" : relative(snapshotFolder(download), folder),
    files,
  };
}
