/** Reads rows from a file, by its extension, or from a folder of Parquet or Arrow parts. */

import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { didYouMean, UserError } from "../base/errors.js";
import { readArrow } from "./arrow.js";
import { readCsv } from "./csv.js";
import { ANY_COLUMNS, type AnyColumns, type Columns, type InlineDatasetDescription } from "./description.js";
import { readFolder } from "./folder.js";
import { readJson } from "./json.js";
import { readJsonl } from "./jsonl.js";
import { readParquet } from "./parquet.js";
import type { Row } from "./description.js";
import { checkRows } from "./rows.js";

/** Lists the file name extensions that can be read. */
export const EXTENSIONS = ["jsonl", "json", "csv", "tsv", "parquet", "arrow"] as const;

/** Tells whether files of an extension are no text, so that they are never packed as a whole. */
export const isBinary = (extension: string) => extension === "parquet" || extension === "arrow";

/** Matches the ending of a text file that is packed. */
export const PACKED = ".gz";

interface ReadOptions {
  /** Described column -> what the file calls it, where it has another name. */
  readonly called?: ReadonlyMap<string, string>;
  /** Key of a JSON file under which its rows stand. */
  readonly field?: string;
}

/**
 * Reads a file and checks its rows.
 * @param source what messages call the file, where its path alone would not tell; default the path
 * @throws UserError for an unknown extension, a broken file, no rows, or rows that do not fit the description
 */
export async function readRowsFile(
  path: string,
  description: Pick<InlineDatasetDescription, "columns" | "labels">,
  source = path,
  { called = new Map(), field }: ReadOptions = {},
): Promise<Row[]> {
  const { columns } = description;
  const renamed = columns === ANY_COLUMNS ? [] : [...called].filter(([own]) => Object.hasOwn(columns, own));
  const rows = await readAny(path, columns === ANY_COLUMNS ? columns : inFile(columns, renamed), field);
  if (rows.length === 0) throw new UserError(`${source}: the file has no rows`);
  return checkRows(description, renamed.length === 0 ? rows : withOwnNames(rows, renamed, source), source);
}

type Renamed = readonly (readonly [own: string, called: string])[];

/** Returns the columns by the names that the file has for them. */
function inFile(columns: Columns, renamed: Renamed): Columns {
  const names = new Map(renamed);
  return Object.fromEntries(Object.entries(columns).map(([own, type]) => [names.get(own) ?? own, type]));
}

/** Returns rows by the names of the description. @throws UserError with the nearest column of the file */
function withOwnNames(rows: readonly Row[], renamed: Renamed, source: string): Row[] {
  return rows.map((row, i) => {
    const values = renamed.map(([own, called]) => {
      if (Object.hasOwn(row, called)) return [own, row[called]] as const;
      throw new UserError(`${source}: row ${i + 1} has no column "${called}"${didYouMean(called, Object.keys(row))}`);
    });
    return { ...row, ...Object.fromEntries(values) };
  });
}

async function readAny(path: string, columns: AnyColumns, field: string | undefined): Promise<Row[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return readFolder(path, columns);
  const extension = extname(path.replace(/\.gz$/i, "")).slice(1).toLowerCase();
  switch (extension) {
    case "json":
      return readJson(path, field);
    case "tsv":
      return readCsv(path, columns, "\t");
    case "jsonl":
      return field === undefined ? readJsonl(path) : readJson(path, field);
    case "csv":
      return readCsv(path, columns);
    case "parquet":
      return readParquet(path, columns);
    case "arrow":
    case "feather":
      return readArrow(path, columns);
    default:
      throw new UserError(`${path}: rows cannot be read from ".${extension}"${didYouMean(extension, EXTENSIONS)}`);
  }
}
