/** Imports results of other programs into a folder of results. */

import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashFile, hashValue } from "../base/hash.js";
import { UserError } from "../base/errors.js";
import { Database } from "../store/database.js";
import { takeOver } from "../store/merge.js";
import { DATABASE_FILE, ResultsFolder, writeResults } from "../store/results-folder.js";
import type { Results } from "../store/results.js";
import { chosenImporter } from "./choose.js";
import { parseColumns } from "./columns.js";
import { headerOfImport } from "./header.js";
import type { Importer, ImportOptions } from "./importer.js";
import { sourceFiles, type SourceFile } from "./source-file.js";
import { LINES, Staging } from "./staging.js";
import { storeLines } from "./store-lines.js";
import { writeRun } from "./write-run.js";

/** Tells how an import goes, a line each. */
export type Told = (line: string) => void;

/**
 * Imports files into a folder of results: a new one, or one that holds runs already. Nothing is changed where the
 * import fails.
 * @param kind of the files; found from the files when left out
 * @param out folder of results
 * @returns the results.json of the import
 * @throws UserError that names the file and what is wrong
 */
export async function importResults(
  kind: string | undefined,
  paths: readonly string[],
  out: string,
  options: ImportOptions,
  importers: readonly Importer[],
  tell: Told = () => undefined,
): Promise<Results> {
  const isNew = !existsSync(out);
  await ResultsFolder.prepare(out);
  const work = await mkdtemp(join(out, ".import-"));
  try {
    const results = await importInto(work, kind, paths, options, importers, tell);
    await putInto(out, join(work, DATABASE_FILE));
    await writeResults(out, results);
    return results;
  } catch (error) {
    if (isNew) await rm(out, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Moves a store into a folder, or adds it to the one that is there. */
async function putInto(out: string, made: string): Promise<void> {
  const target = join(out, DATABASE_FILE);
  if (!existsSync(target)) {
    await rename(made, target);
    return;
  }
  const database = await Database.open(target);
  try {
    await takeOver(database, made);
  } finally {
    await database.close();
  }
}

/** Imports files into a folder of its own that `remove` deletes. */
export async function importForReading(
  paths: readonly string[],
  options: ImportOptions,
  importers: readonly Importer[],
): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "amuro-import-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await importInto(folder, undefined, paths, options, importers, () => undefined);
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, remove };
}

/** Makes a store in an empty folder. */
async function importInto(
  folder: string,
  kind: string | undefined,
  paths: readonly string[],
  options: ImportOptions,
  importers: readonly Importer[],
  tell: Told,
): Promise<Results> {
  const { importer, files } = await chosenImporter(
    kind,
    await sourceFiles(paths, parseColumns(options.columns)),
    importers,
  );
  const database = await Database.open(join(folder, DATABASE_FILE));
  const staged = join(folder, "staging.duckdb");
  try {
    const staging = await Staging.open(database, staged);
    await importer.read(files, options, staging);
    await staging.flush();
    await withoutMovingAnswers(staging);
    tell(`read ${files.length} files`);
    const described = [];
    for (const { path, bytes } of files) described.push({ path, bytes, sha256: await hashFile(path) });
    const [lines] = await database.all<{ n: bigint }>("SELECT count(*) AS n FROM staging.main.lines");
    if (lines?.n === 0n) throw noRows(importer, files);
    const command = { import: importer.kind, paths: [...paths], ...options } as Results["command"];
    const stored = await storeLines(database, hashValue(described.map((file) => file.sha256)));
    tell("stored the rows");
    const provenance = {
      kind: importer.kind,
      tools: Object.fromEntries(staging.tools),
      files: described,
      missing: [...staging.missing],
    };
    const header = headerOfImport(stored, staging, options, { command, provenance });
    return await writeRun(database, header, staging);
  } finally {
    await database.run("DETACH staging").catch(() => undefined);
    await database.close();
    await rm(staged, { force: true });
  }
}

/**
 * Keeps nothing but the scores of tasks whose right answer stands in other places under other prompts, as with choices
 * in another order: answers of one number are not the same answer there.
 */
async function withoutMovingAnswers(staging: Staging): Promise<void> {
  const { database } = staging;
  const moving = await database.all<{ task: string }>(
    `SELECT DISTINCT task FROM (SELECT task, item FROM ${LINES} GROUP BY task, item HAVING count(DISTINCT gold) > 1) ORDER BY task`,
  );
  for (const { task } of moving) {
    await database.run(
      `UPDATE ${LINES} SET gold = NULL, choice = NULL, answers = NULL, tied = NULL, logprobs = NULL, label_mass = NULL, generated = NULL, samples = NULL WHERE task = $task`,
      { task },
    );
    staging.task(task, { answeredBy: "scores", kind: undefined, labels: undefined });
    staging.notes.add(`${task}: the right answer stands in other places under other prompts, so scores are kept and answers are not`); // prettier-ignore
  }
}

function noRows(importer: Importer, files: readonly SourceFile[]): UserError {
  return new UserError(`${files[0]?.path ?? ""}: no scores of rows in ${files.length === 1 ? "it" : "these files"}; ${importer.title} are expected as ${importer.expects}`); // prettier-ignore
}
