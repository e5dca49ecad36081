/** Chooses the importer of files, and refuses files that none reads. */

import { didYouMean, UsageError, UserError } from "../base/errors.js";
import { checkColumnNames, COLUMNS_HINT } from "./columns.js";
import type { Importer } from "./importer.js";
import type { SourceFile } from "./source-file.js";

export interface Chosen {
  readonly importer: Importer;
  /** Those of the kind; a folder may hold others. */
  readonly files: readonly SourceFile[];
}

/**
 * @param kind found from the files when left out
 * @throws UsageError for a kind that there is not
 * @throws UserError where a path holds nothing of the kind, with what was expected and what it looks like
 */
export async function chosenImporter(
  kind: string | undefined,
  files: readonly SourceFile[],
  importers: readonly Importer[],
): Promise<Chosen> {
  if (kind !== undefined) {
    const importer = importers.find((one) => one.kind === kind);
    if (importer === undefined) {
      throw new UsageError(`import ${kind}: no such kind of files${didYouMean(kind, importers.map((one) => one.kind))}`); // prettier-ignore
    }
    return { importer, files: await filesOf(importer, files, importers) };
  }
  const [first] = files;
  if (first === undefined) throw new UserError("the folder is empty");
  for (const file of files) {
    const importer = await importerOf(file, importers);
    if (importer !== undefined) return { importer, files: await filesOf(importer, files, importers) };
  }
  if (first.path === first.root) await first.refuse();
  throw new UserError(`${first.root}: no file of a kind that is known; the kinds are ${kinds(importers)}`);
}

/** Finds what reads a file; undefined where nothing does. */
export async function importerOf(file: SourceFile, importers: readonly Importer[]): Promise<Importer | undefined> {
  for (const importer of importers) if (await importer.detect(file)) return importer;
  return undefined;
}

function kinds(importers: readonly Importer[]): string {
  return importers.map(({ kind, title }) => `${kind} (${title})`).join(", ");
}

/** Every path that was given has to hold a file of the kind. */
async function filesOf(
  importer: Importer,
  files: readonly SourceFile[],
  importers: readonly Importer[],
): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  for (const file of files) if (await importer.detect(file)) found.push(file);
  const bare = files.find(({ root }) => !found.some((file) => file.root === root));
  if (files.length === 0) throw new UserError(`there are no files; ${importer.title} are expected as ${importer.expects}`); // prettier-ignore
  if (bare === undefined) return found;
  // What is wrong with a file is told where the file itself is.
  if (bare.path === bare.root) await bare.refuse();
  const header = bare.path === bare.root ? await bare.header() : [];
  if (header.length > 0) checkColumnNames(bare.columnNames, header, bare.path);
  const has = header.length === 0 ? "" : `; it has ${header.slice(0, 8).join(", ")}${header.length > 8 ? ", …" : ""}${COLUMNS_HINT}`; // prettier-ignore
  const other = await nearest(bare, files, importers);
  const looks = other === undefined ? "" : `; it looks like ${other.title}: amuro-eval import ${other.kind}`;
  throw new UserError(
    `${bare.root}: no ${importer.title} there; expected ${importer.expects}${looks === "" ? has : looks}`,
  );
}

async function nearest(
  { root }: SourceFile,
  files: readonly SourceFile[],
  importers: readonly Importer[],
): Promise<Importer | undefined> {
  for (const file of files.filter((one) => one.root === root).slice(0, 100)) {
    const importer = await importerOf(file, importers);
    if (importer !== undefined) return importer;
  }
  return undefined;
}
