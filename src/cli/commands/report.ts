/** Runs `amuro-eval report RESULTS`: stored results as a page, as tables and figures for papers; no model is needed. */

import { statSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { messageOf, UsageError, UserError } from "../../base/errors.js";
import { analyze } from "../../library/analyze.js";
import type { ImportOptions } from "../../importers/importer.js";
import { folderOf } from "../../library/import.js";
import { openResults } from "../../library/open-results.js";
import { parseFormat, reportOf, seedOf } from "../../library/render-report.js";
import { FORMATS, SINGLE_FILE, type Format, type ReportFile } from "../../reports/report-files.js";
import { counted, sized } from "../../base/wording.js";
import type { Console } from "../output/console.js";

export interface ReportFlags {
  readonly formats: readonly string[];
  /**
   * A file for one format that is one file, otherwise a folder; report.html or report/ beside the results when left
   * out.
   */
  readonly out: string | undefined;
  /** Writes the page as a folder with every row in it, not a sample of them inside the page. */
  readonly folder?: boolean;
  /** What files of another program leave open. */
  readonly import?: ImportOptions;
  readonly json: boolean;
}

/** Holds written files of one format. */
interface Written {
  readonly format: Format;
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * @param results folder that a run wrote, or files of another program
 * @throws UserError when the results cannot be read or the report not be written
 */
export async function reportCommand(
  results: string,
  { formats, out, folder: isFolder = false, import: importing = {}, json }: ReportFlags,
  console: Console,
): Promise<void> {
  const wanted = [...new Set(formats)].map(parseFormat);
  if (isFolder && !wanted.includes("html"))
    throw new UsageError(`--folder: it is for the page; add html to --format ${formats.join(",")}, or leave it out`);
  const { folder, remove } = await folderOf(results, importing);
  try {
    // Files of another program may be one file: its report stands beside it.
    const beside = folder === results || statSync(results).isDirectory() ? results : dirname(results);
    await writeReports(folder, targetOf(beside, wanted, out, isFolder), wanted, isFolder, json, console);
  } finally {
    await remove();
  }
}

async function writeReports(
  folder: string,
  target: Target,
  wanted: readonly Format[],
  isFolder: boolean,
  json: boolean,
  console: Console,
): Promise<void> {
  const stored = await openResults(folder);
  try {
    const analysis = await analyze(stored, {
      seed: seedOf(stored.results),
      onProgress: (task) => {
        console.info(`analysing ${task}`);
      },
    });
    const written: Written[] = [];
    for (const format of wanted) {
      const files = reportOf(stored, analysis, format, isFolder && format === "html");
      written.push(await writeFormat(files, format, target));
    }
    if (json) console.out(JSON.stringify({ written }, null, 2));
    else
      for (const { path, files, bytes } of written)
        console.out(`${path}: ${files === 1 ? "" : `${counted(files, "file")}, `}${sized(bytes)}`);
  } finally {
    await stored.close();
  }
}

interface Target {
  /** Where the one file goes. */
  readonly file?: string;
  readonly folder: string;
}

function targetOf(results: string, formats: readonly Format[], out: string | undefined, isFolder: boolean): Target {
  const [only] = formats;
  const single = !isFolder && formats.length === 1 && only !== undefined && SINGLE_FILE.has(only);
  if (out === undefined)
    return single ? { folder: results, file: join(results, `report.${only}`) } : { folder: join(results, "report") };
  const extension = extname(out).slice(1);
  if (!(FORMATS as readonly string[]).includes(extension)) return { folder: out };
  if (single && extension === only) return { folder: dirname(out), file: out };
  if (isFolder) throw new UsageError(`--out ${out}: --folder writes a folder; give the name of one`);
  throw new UsageError(
    `--out ${out}: ${formats.join(", ")} ${formats.length > 1 ? "are" : "is"} written to a folder; give the name of one, or --format ${extension} alone`,
  );
}

async function writeFormat(
  contents: AsyncIterable<ReportFile>,
  format: Format,
  { file, folder }: Target,
): Promise<Written> {
  let files = 0;
  let bytes = 0;
  let last = folder;
  for await (const { path, content } of contents) {
    last = file ?? join(folder, path);
    await writeReportFile(last, content);
    files++;
    bytes += Buffer.byteLength(content);
  }
  return { format, path: files === 1 ? last : folder, files, bytes };
}

/** @throws UserError when it cannot be written */
export async function writeReportFile(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (error) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    throw new UserError(
      `${path}: cannot be written (${isFolder ? "it is a folder" : messageOf(error)}); choose another --out`,
    );
  }
}
