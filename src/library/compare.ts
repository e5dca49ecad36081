/** Compares results of any origin row by row, as `amuro-eval compare` does. */

import { compareMeans } from "../analysis/compare/compare-means.js";
import { compareStudies, type Comparison } from "../analysis/compare/compare-studies.js";
import { UsageError } from "../base/errors.js";
import type { ImportOptions } from "../importers/importer.js";
import { openStudyData } from "../store/open-study-data.js";
import type { StudyData } from "../store/study-data.js";
import { analysisInput, isTable } from "./analyze.js";
import { foreignKind, openForeign } from "./import.js";
import { optionsOfPath, type PathOptions } from "./options-of-path.js";

/**
 * Compares the first of the results with each of the others.
 * @param paths folders of results, or files of other programs
 * @param options what such files leave open
 * @throws UsageError for fewer than two paths
 * @throws UserError when a path cannot be read as what it is
 */
export async function compareResults(paths: readonly string[], options: PathOptions = {}): Promise<Comparison[]> {
  const [first, ...others] = paths.map((path): Source => ({ path, importing: optionsOfPath(path, paths, options) }));
  if (first === undefined || others.length === 0) throw new UsageError("compare: name two results or more");
  const comparisons: Comparison[] = [];
  if (await holdsMeans(first)) {
    for (const other of others) comparisons.push(await meansCompared(first, other));
    return comparisons;
  }
  const a = await openAny(first);
  try {
    for (const other of others) {
      if (await holdsMeans(other)) {
        comparisons.push(await meansCompared(first, other));
        continue;
      }
      const b = await openAny(other);
      try {
        comparisons.push(await compareStudies(a, b));
      } finally {
        await b.close();
      }
    }
    return comparisons;
  } finally {
    await a.close();
  }
}

/** Holds one of the results, and what is said of it. */
export interface Source {
  readonly path: string;
  readonly importing: ImportOptions;
}

/** Tells whether a path is a table that holds no scores of rows. */
async function holdsMeans({ path, importing }: Source): Promise<boolean> {
  return isTable(path) && (await foreignKind(path, importing)) === undefined;
}

async function meansCompared(first: Source, second: Source): Promise<Comparison> {
  const a = await analysisInput(first.path, [], "compare", first.importing);
  try {
    const b = await analysisInput(second.path, [], "compare", second.importing);
    try {
      return await compareMeans(a.input, b.input);
    } finally {
      await b.close();
    }
  } finally {
    await a.close();
  }
}

/** Opens a folder of results, or files of another program. */
export async function openAny({ path, importing }: Source): Promise<StudyData> {
  const kind = await foreignKind(path, importing);
  return kind === undefined ? openStudyData(path) : openForeign([path], importing);
}
