/** One cell of the grid, and what became of it. */

import type { Progress } from "../engine/types.js";
import type { CellName } from "../store/results-folder.js";
import type { PromptVariant } from "../templates/variant.js";
import type { EngineGroup } from "./groups.js";
import type { Plan, StudyCheckpoint, StudyTask } from "./plan.js";
import type { RowScore } from "./row-score.js";

export interface Cell {
  readonly checkpoint: StudyCheckpoint;
  readonly task: StudyTask;
  readonly variant: PromptVariant;
}

/** What computing a cell took. */
export type CellWork = Pick<Progress, "tokens" | "distinctTokens" | "reusedTokens" | "busy">;

export type CellResult = Cell & {
  /** Milliseconds. */
  readonly elapsed: number;
  /** True for a cell that an earlier run of the command finished. */
  readonly reused?: boolean;
} & (
    | { readonly rows: readonly RowScore[]; readonly work: CellWork; readonly error?: undefined }
    | { readonly rows?: undefined; readonly error: string }
  );

/** Every task and prompt of one checkpoint after the other. */
export function cellsOf({ checkpoints }: EngineGroup, { tasks }: Plan): Cell[] {
  return checkpoints.flatMap((checkpoint) =>
    tasks.flatMap((task) => task.variants.map((variant) => ({ checkpoint, task, variant }))),
  );
}

export function nameOf({ checkpoint, task, variant }: Cell): CellName {
  return [checkpoint.given.name, task.rows.task.name, variant.id];
}
