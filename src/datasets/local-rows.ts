/** Reads rows that lie in several files of this machine, or are a part of them. */

import { UserError } from "../base/errors.js";
import type { InlineDatasetDescription, LocalRows, Row } from "./description.js";
import { readRowsFile } from "./read-file.js";
import { sliceName, sliced } from "./slice.js";

/**
 * Reads the files one after the other and takes the rows that are meant.
 * @param called see readRowsFile
 * @throws UserError as readRowsFile does, and where no row is left
 */
export async function readLocalRows(
  place: LocalRows,
  description: Pick<InlineDatasetDescription, "columns" | "labels">,
  called: ReadonlyMap<string, string> = new Map(),
): Promise<Row[]> {
  const { paths, field, slice } = place;
  const rows: Row[] = [];
  const options = { called, ...(field === undefined ? {} : { field }) };
  for (const path of paths) {
    for (const row of await readRowsFile(path, description, path, options)) rows.push(row);
  }
  const taken = [...sliced(rows, slice)];
  if (taken.length === 0) throw new UserError(`${placeName(place)}: none of the ${rows.length} rows is in this part`);
  return taken;
}

/** Returns what messages call a place. */
export function placeName({ paths, slice }: LocalRows): string {
  return paths.join(", ") + sliceName(slice);
}
