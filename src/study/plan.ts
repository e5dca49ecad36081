/** The grid of a study: checkpoints x tasks x prompt variants. */

import { resolve } from "node:path";
import { hashCheckpoint, openCheckpoint, type Checkpoint, type CheckpointHashes } from "../checkpoints/checkpoint.js";
import { hashAdapted, loraFolder, readLoraAdapter } from "../checkpoints/lora.js";
import { resolveCheckpoint, type ResolvedCheckpoint } from "../checkpoints/resolve.js";
import { chatTemplatesOf, conversation } from "../engine/chat-template.js";
import { availableDevices, WASM_NOTE } from "../engine/devices.js";
import { UsageError, UserError } from "../errors.js";
import type { Family } from "../tasks/families.js";
import type { TaskRegistry } from "../tasks/registry.js";
import { selectVariants, withChat, type PromptVariant } from "../templates/variant.js";
import type { CheckpointSpec, StudyOptions } from "./options.js";
import { prepareTaskRows, type TaskRows } from "./task-rows.js";

/** A checkpoint of the study, found and opened (its header, not its weights). */
export interface StudyCheckpoint {
  readonly given: CheckpointSpec;
  readonly resolved: ResolvedCheckpoint;
  readonly opened: Checkpoint;
  /** Folder of the LoRA adapter that is added to it. */
  readonly adapter: string | undefined;
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
  const variants = new Map(selected.map((task) => [task, variantsOf(task.family, options)]));
  const checkpoints: StudyCheckpoint[] = [];
  for (const given of options.checkpoints) {
    const folder = loraFolder(given.spec);
    const base = checkpoints.find(({ given: { name } }) => name === given.base);
    checkpoints.push(
      folder === undefined
        ? await openWhole(given, options.offline, onProgress)
        : await addAdapter(given, resolve(folder), base),
    );
  }
  for (const checkpoint of checkpoints) checkChatTemplates(checkpoint, options);
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

/** Every prompt in every chat layout. */
function variantsOf(family: Family, { prompts, chatLayouts }: StudyOptions): PromptVariant[] {
  return selectVariants(family, prompts).flatMap((variant) => chatLayouts.map((layout) => withChat(variant, layout)));
}

/** @throws UserError when the checkpoint has no such chat template, or it refuses conversations of the kind it will get */
function checkChatTemplates({ given, opened }: StudyCheckpoint, { chatLayouts, numFewshot }: StudyOptions): void {
  const templates = chatTemplatesOf(opened, `checkpoint ${given.name}`);
  for (const layout of chatLayouts) {
    if (layout === undefined) continue;
    const shots = Array.from({ length: numFewshot }, () => "shot");
    const messages = conversation([...shots, "question"], layout.form === "turns" ? shots : undefined);
    templates.render(messages, layout.template);
  }
}

async function openWhole(
  given: CheckpointSpec,
  offline: boolean,
  onProgress: (line: string) => void,
): Promise<StudyCheckpoint> {
  const resolved = await resolveCheckpoint(given.spec, { revision: given.revision, offline, onProgress });
  const opened = await openCheckpoint(resolved.folder);
  return { given, resolved, opened, adapter: undefined, hashes: await hashCheckpoint(opened) };
}

/** A checkpoint that is its base but for an adapter. */
async function addAdapter(
  given: CheckpointSpec,
  folder: string,
  base: StudyCheckpoint | undefined,
): Promise<StudyCheckpoint> {
  if (base?.opened.kind !== "weights") {
    throw new UserError(
      `${given.spec}: a LoRA adapter needs a base that is read from safetensors or pytorch_model.bin; ${String(base?.given.spec)} is not`,
    );
  }
  const adapter = await readLoraAdapter(folder, base.opened.model);
  return { ...base, given, adapter: folder, hashes: await hashAdapted(base.hashes, adapter) };
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
