/** Opens paths of results: folders of ours, and files of other programs that are imported for reading. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { importForReading } from "../importers/import.js";
import { importerOf } from "../importers/choose.js";
import { checkImporter, isImporterDefinition } from "../importers/define.js";
import type { Importer, ImportOptions } from "../importers/importer.js";
import { IMPORTERS } from "../importers/registry.js";
import { parseColumns } from "../importers/columns.js";
import { sourceFiles } from "../importers/source-file.js";
import { UsageError } from "../base/errors.js";
import { pluginExports } from "../tasks/plugin.js";
import { openStudyData } from "../store/open-study-data.js";
import { DATABASE_FILE } from "../store/results-folder.js";
import type { StudyData } from "../store/study-data.js";

/** Tells whether a path is a folder of results that a run or an import wrote, or a file in one. */
export function isOwnResults(path: string): boolean {
  return path.endsWith(DATABASE_FILE) || path.endsWith("results.json") || existsSync(join(path, DATABASE_FILE));
}

/** Keeps what was loaded: a command asks for it several times. */
const loaded = new Map<string, Promise<readonly Importer[]>>();

/**
 * Lists the importers of plugins, before the built-in ones: what a plugin knows is its own. Each plugin is loaded once.
 * @throws UsageError where a plugin exports none, or one whose kind is taken
 */
export function importersWith(options: Pick<ImportOptions, "plugin">): Promise<readonly Importer[]> {
  const key = JSON.stringify([process.cwd(), options.plugin ?? []]);
  const known = loaded.get(key) ?? loadImporters(options);
  loaded.set(key, known);
  return known;
}

/**
 * Loads the importers of plugins.
 * @throws UsageError where a plugin exports none, or one whose kind is taken
 */
async function loadImporters({ plugin: plugins = [] }: Pick<ImportOptions, "plugin">): Promise<readonly Importer[]> {
  const all = [...IMPORTERS];
  const own: Importer[] = [];
  for (const spec of plugins) {
    const found = (await pluginExports(spec)).filter(isImporterDefinition);
    if (found.length === 0) throw new UsageError(`plugin ${spec}: exports no importer; write export default defineImporter({ … })`); // prettier-ignore
    for (const definition of found) {
      const importer = checkImporter(definition, `plugin ${spec}`);
      if (all.some(({ kind }) => kind === importer.kind)) throw new UsageError(`plugin ${spec}: there is already an importer of kind "${importer.kind}"; choose another name`); // prettier-ignore
      all.push(importer);
      own.push(importer);
    }
  }
  return [...own, ...IMPORTERS];
}

/**
 * Finds what reads a path of another program.
 * @returns its kind; undefined where it is a folder of results, or nothing that is known
 * @throws UserError where it is a file that cannot be read as what its name says
 */
export async function foreignKind(path: string, options: ImportOptions): Promise<string | undefined> {
  if (isOwnResults(path) || !existsSync(path)) return undefined;
  const importers = await importersWith(options);
  const files = await sourceFiles([path], parseColumns(options.columns));
  for (const file of files) {
    const importer = await importerOf(file, importers);
    if (importer !== undefined) return importer.kind;
  }
  const [only] = files;
  if (only?.path === path) await only.refuse();
  return undefined;
}

/**
 * Makes a folder of results of a path of another program, for as long as it is read.
 * @returns the path itself where it is no such path
 */
export async function folderOf(
  path: string,
  options: ImportOptions,
): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  if ((await foreignKind(path, options)) === undefined) return { folder: path, remove: () => Promise.resolve() };
  return importForReading([path], options, await importersWith(options));
}

/** Imports paths of one kind together and opens them; closing deletes what was made. */
export async function openForeign(paths: readonly string[], options: ImportOptions): Promise<StudyData> {
  const { folder, remove } = await importForReading(paths, options, await importersWith(options));
  try {
    const study = await openStudyData(folder);
    const close = async () => {
      await study.close();
      await remove();
    };
    return {
      source: paths.join(", "),
      results: study.results,
      scores: (checkpoint, task, metric) => study.scores(checkpoint, task, metric),
      rows: (checkpoint, task, prompt) => study.rows(checkpoint, task, prompt),
      items: (task) => study.items(task),
      promptText: (task, prompt) => study.promptText(task, prompt),
      answerWords: (task, prompt) => study.answerWords(task, prompt),
      close,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
