/** Reads rows from a file, by its extension, or from a folder of Parquet parts. */

import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { didYouMean, UserError } from "../base/errors.js";
import { readCsv } from "./csv.js";
import type { InlineDatasetDescription } from "./description.js";
import { readJson } from "./json.js";
import { readJsonl } from "./jsonl.js";
import { readParquet } from "./parquet.js";
import { readParquetFolder } from "./parquet-folder.js";
import type { Row } from "./description.js";
import { checkRows } from "./rows.js";

/** Lists the file name extensions that can be read. */
export const EXTENSIONS = ["jsonl", "json", "csv", "tsv", "parquet"] as const;

/** Matches the ending of a text file that is packed. */
export const PACKED = ".gz";

/**
 * Reads a file and checks its rows.
 * @param source what messages call the file, where its path alone would not tell; default the path
 * @throws UserError for an unknown extension, a broken file, no rows, or rows that do not fit the description
 */
export async function readRowsFile(
  path: string,
  description: Pick<InlineDatasetDescription, "columns" | "labels">,
  source = path,
): Promise<Row[]> {
  const rows = await readAny(path, description);
  if (rows.length === 0) throw new UserError(`${source}: the file has no rows`);
  return checkRows(description, rows, source);
}

async function readAny(path: string, { columns }: Pick<InlineDatasetDescription, "columns">): Promise<Row[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return readParquetFolder(path, columns);
  const extension = extname(path.replace(/\.gz$/i, "")).slice(1).toLowerCase();
  switch (extension) {
    case "json":
      return readJson(path);
    case "tsv":
      return readCsv(path, columns, "\t");
    case "jsonl":
      return readJsonl(path);
    case "csv":
      return readCsv(path, columns);
    case "parquet":
      return readParquet(path, columns);
    default:
      throw new UserError(`${path}: rows cannot be read from ".${extension}"${didYouMean(extension, EXTENSIONS)}`);
  }
}
