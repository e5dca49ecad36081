/** Says what a source of tasks is: it reads them from files of other programs. */

import type { Metric } from "../metrics/metric.js";
import type { DataSource } from "../datasets/index.js";
import type { TaskDefinition } from "./contract.js";
import type { FamilyRegistry } from "./families/registry.js";

/** Says how the rows of a dataset without a task are asked. */
export interface AskedColumns {
  /** Name of a family. */
  readonly family?: string | undefined;
  /** FIELD=COLUMN each. */
  readonly fields: readonly string[];
  /** Column of the right answer. */
  readonly label?: string | undefined;
  /** Names of the labels in their order, or VALUE=NAME each. */
  readonly labels: readonly string[];
  /** Column with the list of choices, or a column for each. */
  readonly choices: readonly string[];
}

/** Returns how datasets are asked, of options some of which are not given. */
export function askedColumns({
  family,
  fields = [],
  label,
  labels = [],
  choices = [],
}: Partial<AskedColumns>): AskedColumns {
  return { family, fields, label, labels, choices };
}

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

/** Holds what a source needs that looks at rows. */
export interface RowSettings {
  readonly asked: AskedColumns;
  readonly data: DataSource;
  readonly families: FamilyRegistry;
}

/** Describes a source whose tasks depend on their rows. */
export interface RowTaskSource {
  /** Stands before the colon. */
  readonly name: string;
  /** @throws UserError where the rows cannot be read or asked so */
  read(path: string, settings: RowSettings): Promise<TaskDefinition>;
}
