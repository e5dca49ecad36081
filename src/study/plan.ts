/** The grid of a study: checkpoints x tasks x prompt variants. */

import { hashCheckpoint, openCheckpoint, type Checkpoint, type CheckpointHashes } from "../checkpoints/checkpoint.js";
import { resolveCheckpoint, type ResolvedCheckpoint } from "../checkpoints/resolve.js";
import { availableDevices, WASM_NOTE } from "../engine/devices.js";
import { UsageError } from "../errors.js";
import type { TaskRegistry } from "../tasks/registry.js";
import { selectVariants, type PromptVariant } from "../templates/variant.js";
import type { CheckpointSpec, StudyOptions } from "./options.js";
import { prepareTaskRows, type TaskRows } from "./task-rows.js";

/** A checkpoint of the study, found and opened (its header, not its weights). */
export interface StudyCheckpoint {
  readonly given: CheckpointSpec;
  readonly resolved: ResolvedCheckpoint;
  readonly opened: Checkpoint;
  readonly hashes: CheckpointHashes;
}

export interface StudyTask {
  readonly rows: TaskRows;
  readonly variants: readonly PromptVariant[];
}

export interface Plan {
  readonly options: StudyOptions;
  readonly checkpoints: readonly StudyCheckpoint[];
  readonly tasks: readonly StudyTask[];
  readonly skipped: readonly { readonly task: string; readonly reason: string }[];
  /** What every output of this study has to say. */
  readonly notes: readonly string[];
}

/**
 * Finds checkpoints, rows and prompts. Nothing is scored; everything that can be refused is refused here.
 * @param onProgress called with a line of text at each step that may take long
 */
export async function planStudy(
  options: StudyOptions,
  registry: TaskRegistry,
  onProgress: (line: string) => void = () => undefined,
): Promise<Plan> {
  const selected = registry.select(options.tasks);
  const variants = new Map(selected.map((task) => [task, selectVariants(task.family, options.prompts)]));
  const checkpoints: StudyCheckpoint[] = [];
  for (const given of options.checkpoints) {
    const { revision } = given;
    const resolved = await resolveCheckpoint(given.spec, { revision, offline: options.offline, onProgress });
    const opened = await openCheckpoint(resolved.folder);
    checkpoints.push({ given, resolved, opened, hashes: await hashCheckpoint(opened) });
  }
  const tasks: StudyTask[] = [];
  const skipped: { task: string; reason: string }[] = [];
  for (const task of selected) {
    const rows = await prepareTaskRows(task, options.data, options);
    if ("skipped" in rows) skipped.push({ task: task.name, reason: rows.skipped });
    else tasks.push({ rows, variants: variants.get(task) ?? [] });
  }
  if (tasks.length === 0) {
    throw new UsageError(
      `none of the tasks has rows: ${skipped.map(({ task, reason }) => `${task}: ${reason}`).join("; ")}`,
    );
  }
  return { options, checkpoints, tasks, skipped, notes: notesOf(options, checkpoints, tasks) };
}

function notesOf(
  options: StudyOptions,
  checkpoints: readonly StudyCheckpoint[],
  tasks: readonly StudyTask[],
): string[] {
  const notes = checkpoints.flatMap(({ given, resolved }) =>
    resolved.note === undefined ? [] : [`${given.name}: ${resolved.note}`],
  );
  if (tasks.some(({ rows }) => rows.loaded.origin === "sample")) {
    notes.push("sample rows: written for this package to show that everything works; not the datasets themselves");
  }
  if (options.device === "wasm" && !availableDevices().includes("cpu")) notes.push(WASM_NOTE);
  return notes;
}

/** Number of cells of a plan. */
export function cellCount(plan: Plan): number {
  return plan.checkpoints.length * plan.tasks.reduce((sum, { variants }) => sum + variants.length, 0);
}
