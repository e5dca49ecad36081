/** Finds which files are the same task in several prompts. */

import type { PlacedConfig } from "./task.js";

/** Holds files that become one task: its name, and the files by the ids of their wordings. */
export interface PromptGroup {
  readonly name: string;
  readonly files: ReadonlyMap<string, PlacedConfig>;
}

/** Names the wording of a file that stands alone. */
export const OWN_PROMPT = "lm-eval";

/** Matches what names a prompt at the end of a task's name, or within it. */
const NUMBERED = /[_-](p(?:rompt)?[_-]?\d+)(?=$|[_-])/i;

/** Makes a task of each file. */
export function ungrouped(placed: readonly PlacedConfig[]): PromptGroup[] {
  return placed.map((one) => ({ name: one.config.task, files: new Map([[OWN_PROMPT, one]]) }));
}

/**
 * Joins files whose names differ in nothing but the number of a prompt, and which ask the same rows for the same kind
 * of answer. Files that ask for another kind are a task of their own.
 */
export function grouped(placed: readonly PlacedConfig[]): PromptGroup[] {
  const groups = new Map<string, { stem: string; type: string; files: Map<string, PlacedConfig> }>();
  for (const one of placed) {
    const { task, output_type: type = "generate_until" } = one.config;
    const [whole = "", prompt = ""] = NUMBERED.exec(task) ?? [];
    const stem = whole === "" ? task : task.replace(whole, "");
    const key = whole === "" ? task : JSON.stringify([stem, type, rowsOf(one)]);
    const group = groups.get(key) ?? { stem, type, files: new Map<string, PlacedConfig>() };
    group.files.set(whole === "" ? OWN_PROMPT : prompt.toLowerCase().replace(/_/g, "-"), one);
    groups.set(key, group);
  }
  const all = [...groups.values()];
  return all.map(({ stem, type, files }) => {
    const alone = all.filter((other) => other.stem === stem).length === 1;
    return { name: alone ? stem : `${stem}_${[...files.keys()].join("_")}_${type}`, files };
  });
}

/** Says which rows a file asks. */
function rowsOf({ config }: PlacedConfig): unknown {
  const {
    dataset_path: path,
    dataset_name: name,
    dataset_kwargs: kwargs,
    test_split: test,
    validation_split: validation,
  } = config;
  return [path, name, kwargs, test ?? validation, config.process_docs?.name, config.fewshot_delimiter];
}
