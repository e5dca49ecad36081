/** Computes statistics of stored results, as `amuro-eval analyze` does. */

import { statSync } from "node:fs";
import { analyse } from "../analysis/analyse.js";
import type { Analysis } from "../analysis/document/document.js";
import { isAnalysis } from "../analysis/document/schema.js";
import { combined, paired, type NamedPair } from "../analysis/read/combine.js";
import type { AnalysisInput } from "../analysis/read/input.js";
import { readStudy } from "../analysis/read/read-study.js";
import { openTable } from "../analysis/read/open-table.js";
import { messageOf, UsageError, UserError } from "../base/errors.js";
import { compileSchema, validated } from "../base/validation.js";
import { parseColumns } from "../importers/columns.js";
import { givenFor } from "../importers/given.js";
import type { ImportOptions } from "../importers/importer.js";
import type { GivenColumn } from "../importers/table-records.js";
import { openStudyData } from "../store/open-study-data.js";
import type { StudyData } from "../store/study-data.js";
import { checkedOptions, watched, type Watch } from "./checked-options.js";
import { foreignKind, openForeign } from "./import.js";
import { studyOf, type StoredResults } from "./open-results.js";

/** Names a folder of results, a table (CSV or Parquet), files of another program, or results that are open. */
export type AnalysisSource = string | StoredResults;

/** Holds options of {@link analyze}: the flags of `amuro-eval analyze`, in camel case, with the same defaults. */
export interface AnalyzeOptions extends Pick<Watch<string>, "onProgress"> {
  /** Seed of everything drawn at random (42). */
  readonly seed?: number | undefined;
  /** BASE=SFT, two checkpoints to compare before and after where their runs do not say so; one or several. */
  readonly pair?: string | readonly string[] | undefined;
  /** What files of other programs leave open, as the flags of `amuro-eval import` say it. */
  readonly import?: ImportOptions | undefined;
}

/** Seeds everything drawn at random, where no seed is given. */
export const ANALYSIS_SEED = 42;

const isOptions = compileSchema<Omit<AnalyzeOptions, "onProgress">>({
  type: "object",
  additionalProperties: false,
  properties: {
    seed: { type: "integer", minimum: 0 },
    pair: { type: ["string", "array"], items: { type: "string" } },
    import: { type: "object" },
  },
});

/**
 * Estimates levels, prompt sensitivity and its change after fine-tuning; no model is run.
 * @param sources one or several, whose studies are put together
 * @param options `onProgress` is told the name of each task that begins
 * @returns the document that schemas/analysis.schema.json describes
 * @throws UsageError when options are wrong, or a pair names no checkpoint of the results
 * @throws UserError when a source cannot be read as what it is
 */
export async function analyze(
  sources: AnalysisSource | readonly AnalysisSource[],
  options: AnalyzeOptions = {},
): Promise<Analysis> {
  const watch = watched<string, AnalyzeOptions>(options, "analyze");
  const {
    seed = ANALYSIS_SEED,
    pair = [],
    import: importing = {},
  } = checkedOptions(isOptions, watch.options, "analyze");
  const { input, close } = await analysisInput(sources, pair, "analyze", importing);
  try {
    const analysis = await analyse(input, { seed, progress: watch.onProgress });
    const document = JSON.parse(JSON.stringify(analysis)) as unknown;
    return validated(isAnalysis, document, "the analysis", (message) => new Error(message));
  } finally {
    await close();
    watch.settle();
  }
}

/** Holds sources that are read as one, with the studies among them. */
export interface OpenedSources {
  readonly input: AnalysisInput;
  readonly studies: readonly StudyData[];
  /** Closes what was opened here. */
  readonly close: () => Promise<void>;
}

/**
 * Opens sources of an analysis.
 * @param pair BASE=SFT, one or several
 * @param source begins every message
 */
export async function analysisInput(
  sources: AnalysisSource | readonly AnalysisSource[],
  pair: string | readonly string[],
  source: string,
  importing: ImportOptions = {},
): Promise<OpenedSources> {
  const list = [sources].flat();
  if (list.length === 0) throw new UsageError(`${source}: name the results of a run or a table (CSV or Parquet)`);
  const named = [pair].flat().map(parsePair);
  const opened: StudyData[] = [];
  const close = async () => {
    for (const study of opened) await study.close();
  };
  const studies: StudyData[] = [];
  try {
    const inputs: AnalysisInput[] = [];
    const foreign = new Map<string, string[]>();
    for (const [i, one] of list.entries()) {
      const kind = typeof one === "string" ? await foreignKind(one, importing) : undefined;
      if (kind === undefined || (kind === "long" && isSmallTable(one as string)))
        inputs.push(await inputOf(one, opened, studies, source, givenOf(importing, i, list.length)));
      else foreign.set(kind, [...(foreign.get(kind) ?? []), one as string]);
    }
    for (const paths of foreign.values()) {
      const study = await openForeign(paths, importing);
      opened.push(study);
      studies.push(study);
      inputs.push(readStudy(study));
    }
    return { input: paired(combined(inputs), named), studies, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * @param opened what has to be closed is added to it
 * @param studies every study is added to it
 * @param given what a table does not say of itself; of results, `metric` is analysed in place of the tasks' own
 */
async function inputOf(
  source: AnalysisSource,
  opened: StudyData[],
  studies: StudyData[],
  name: string,
  { columns, ...given }: Given,
): Promise<AnalysisInput> {
  const { metric } = given;
  if (typeof source === "string") {
    if (isTable(source)) return openTable(source, { columns: parseColumns(columns), given });
    const study = await openStudyData(source);
    opened.push(study);
    studies.push(study);
    return readStudy(study, metric);
  }
  const study = studyOf(source);
  if (study === undefined)
    throw new UsageError(`${name}: give a folder of results, a table (CSV or Parquet) or what openResults returned`);
  studies.push(study);
  return readStudy(study, metric);
}

/** Holds what is said of one source. */
interface Given extends Pick<ImportOptions, "columns">, Partial<Record<GivenColumn, string | undefined>> {}

/** Returns what is said of the i-th of n sources. */
function givenOf({ columns, metric, ...named }: ImportOptions, i: number, n: number): Given {
  const of = (name: "checkpoint" | "task" | "prompt") => givenFor(name, named[name], i, n);
  return { columns, metric, checkpoint: of("checkpoint"), task: of("task"), prompt: of("prompt") };
}

/** @throws UsageError when it is not BASE=SFT */
function parsePair(text: string): NamedPair {
  const [base = "", sft = "", ...more] = text.split("=").map((part) => part.trim());
  if (base === "" || sft === "" || base === sft || more.length > 0) {
    throw new UsageError(`--pair ${text}: expected BASE=SFT, two names of checkpoints in the results`);
  }
  return { base, sft };
}

/**
 * Sets the size of a table of row scores, in bytes, from which on it is streamed into a store in place of being read at
 * once.
 */
const LARGE_TABLE = 50_000_000;

function isSmallTable(path: string): boolean {
  return isTable(path) && statSync(path).size < LARGE_TABLE;
}

/** Tells whether a source is a table, which is known by its name; results are folders or databases. */
export function isTable(path: string): boolean {
  if (!/\.(csv(\.gz)?|parquet)$/i.test(path)) return false;
  try {
    return statSync(path).isFile();
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
  }
}
