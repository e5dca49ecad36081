/** Plans the grid of a study: checkpoints x tasks x prompt variants. */

import type { ResolvedAdapter } from "../checkpoints/find/adapter-place.js";
import type { ResolvedCheckpoint } from "../checkpoints/find/resolve.js";
import type { ServerHandle } from "../engine/backends/servers/handle.js";
import type { PromptVariant } from "../templates/variant.js";
import type { CheckpointSpec, StudyOptions } from "./options.js";
import type { TaskRows } from "./task-rows.js";

/** Holds a checkpoint of the study: found, but neither downloaded nor opened. */
export interface StudyCheckpoint {
  readonly given: CheckpointSpec;
  readonly resolved: ResolvedCheckpoint;
  /** The LoRA adapter that is added to it. */
  readonly adapter: ResolvedAdapter | undefined;
  /** What answers in place of weights on this machine. */
  readonly server?: ServerHandle | undefined;
}

export interface StudyTask {
  readonly rows: TaskRows;
  readonly variants: readonly PromptVariant[];
  /** Those that look as in fine-tuning; undefined where nobody said what that looked like. */
  readonly seen?: ReadonlySet<PromptVariant> | undefined;
}

export interface Plan {
  readonly options: StudyOptions;
  readonly checkpoints: readonly StudyCheckpoint[];
  readonly tasks: readonly StudyTask[];
  readonly skipped: readonly { readonly task: string; readonly reason: string }[];
  /** What every output of this study has to say. */
  readonly notes: readonly string[];
}

/** Counts the cells of a plan. */
export function cellCount(plan: Plan): number {
  return plan.checkpoints.length * plan.tasks.reduce((sum, { variants }) => sum + variants.length, 0);
}
