/** How a run ends in which cells failed. */

import { UserError } from "../errors.js";
import type { CellResult } from "../study/cell.js";
import { counted } from "../wording.js";

/** @throws UserError that tells how many of the cells failed and why the first did; nothing where none did */
export function failedCells(cells: readonly CellResult[]): void {
  const failed = cells.filter((cell) => cell.error !== undefined);
  const [first] = failed;
  if (first === undefined) return;
  throw new UserError(
    `${failed.length} of ${counted(cells.length, "cell")} failed; the first: ${first.checkpoint.given.name} ${first.task.rows.task.name}/${first.variant.id}: ${String(first.error)}`,
  );
}
