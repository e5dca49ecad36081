/** Finds and reads the rows of a folder that is one split: Parquet or Arrow parts. */

import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { arrowParts } from "./arrow-folder.js";
import { readArrow } from "./arrow.js";
import type { AnyColumns, Row } from "./description.js";
import { parquetParts, readParquetFolder } from "./parquet-folder.js";

/**
 * Lists the paths of a folder's files of rows, in their order; none where it has no such files.
 * @throws UserError where its Arrow files are not the rows of one split
 */
export async function folderParts(folder: string): Promise<readonly string[]> {
  const parts = await parquetParts(folder);
  return (parts.length > 0 ? parts : await arrowParts(folder)).map((part) => join(folder, part));
}

/** Reads the described columns of the rows of all parts. @throws UserError when there is no part, or one is broken */
export async function readFolder(folder: string, columns: AnyColumns): Promise<Row[]> {
  const parts = await folderParts(folder);
  if (parts.length === 0) throw new UserError(`${folder}: the folder has no .parquet or .arrow file`);
  if (parts[0]?.endsWith(".parquet") === true) return readParquetFolder(folder, columns);
  const rows: Row[] = [];
  for (const part of parts) for (const row of await readArrow(part, columns)) rows.push(row);
  return rows;
}
