/** Writes what became of a cell as results record it. */

import { cellRecord, type CellOutcome } from "../store/build-results.js";
import { metricValues } from "../store/metric-values.js";
import type { StoredCell } from "../store/run-store.js";
import type { Cell } from "./cell.js";
import { taskFacts } from "./results.js";

function namesOf({ checkpoint, task, variant }: Cell) {
  return { checkpoint: checkpoint.given.name, task: task.rows.task.name, prompt: variant.id };
}

export function finishedOutcome(cell: Cell, { rows, rowsHash, cost }: StoredCell): CellOutcome {
  const { tokens, reusedTokens, busy, seconds } = cost;
  const { task } = cell.task.rows;
  const about = taskFacts(task);
  return {
    record: cellRecord(namesOf(cell), rows, cost.distinctTokens, rowsHash, about),
    scores: metricValues(rows, task.metric, about),
    seconds,
    tokens,
    reusedTokens,
    busy,
  };
}

export function failedOutcome(cell: Cell, error: string): CellOutcome {
  const nothing = { seconds: 0, tokens: 0, reusedTokens: 0, busy: 0 };
  return { record: { ...namesOf(cell), error }, scores: undefined, ...nothing };
}
