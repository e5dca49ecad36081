/** Says what a source of tasks is: it reads them from files of other programs. */

import type { Metric } from "../metrics/metric.js";
import type { TaskDefinition } from "./contract.js";

/** Says how files are read. */
export interface SourceOptions {
  /** Whether files that are one task in several prompts become one task. */
  readonly groupPrompts?: boolean | undefined;
}

/** Holds a task that a source names and that cannot be run. */
export interface RefusedTask {
  readonly task: string;
  readonly reason: string;
  /** Lines to be shown below the reason, such as the text of a function. */
  readonly detail?: string | undefined;
}

/** Holds what a source gives for a path. */
export interface SourceTasks {
  readonly tasks: readonly { readonly definition: TaskDefinition; readonly metrics?: readonly Metric[] }[];
  readonly refused: readonly RefusedTask[];
}

export interface TaskSource {
  /** Stands before the colon. */
  readonly name: string;
  /** @throws UsageError where the path names nothing that can be read */
  read(path: string, options: SourceOptions): SourceTasks;
}
