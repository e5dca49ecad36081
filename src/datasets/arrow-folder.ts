/** Finds the Arrow files of a folder: those of `save_to_disk`, or the shards of one split. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../base/errors.js";
import { textOf } from "../base/utf8.js";
import { compileSchema, validated } from "../base/validation.js";

/** Holds what `save_to_disk` writes beside the files of a split. */
interface State {
  readonly _data_files: readonly { readonly filename: string }[];
  readonly _indices_data_files?: readonly unknown[] | null;
}

const isState = compileSchema<State>({
  type: "object",
  required: ["_data_files"],
  properties: {
    _data_files: {
      type: "array",
      items: { type: "object", required: ["filename"], properties: { filename: { type: "string" } } },
    },
    _indices_data_files: { type: ["array", "null"] },
  },
});

/** Names the files in which `save_to_disk` says what a folder holds: one split, or several. */
const STATE = "state.json";
const SPLITS = "dataset_dict.json";

/**
 * Lists the names of the Arrow files of a folder, in the order of their rows; none where it holds no such files.
 * @throws UserError where they are not the rows of one split
 */
export async function arrowParts(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.includes(STATE)) return partsIn(join(folder, STATE), folder);
  if (names.includes(SPLITS)) {
    const inside = names.filter((name) => !name.includes(".")).join(", ");
    throw new UserError(`${folder}: a dataset of save_to_disk with several splits (${inside}); name the folder of one`);
  }
  // Files that begin with "cache-" are what programs made of the rows.
  const found = names.filter((name) => name.endsWith(".arrow") && !/^(?:cache-|[._])/.test(name)).sort();
  if (found.length > 1 && shardsOf(found) === undefined)
    throw new UserError(`${folder}: the Arrow files ${found.slice(0, 4).join(", ")} are not the parts of one split; name one of them`); // prettier-ignore
  return found;
}

/** Returns names in order if they are all parts of one file, `NAME-00000-of-00002.arrow`; undefined for others. */
export function shardsOf(names: readonly string[]): readonly string[] | undefined {
  const read = names.map((name) => /^(.*-)\d+(-of-(\d+)(?:-[^.]*)?\..+)$/.exec(name));
  const [first] = read;
  if (first == null || names.length !== Number(first[3])) return undefined;
  return read.every((one) => one?.[1] === first[1] && one?.[2] === first[2]) ? [...names].sort() : undefined;
}

async function partsIn(path: string, folder: string): Promise<readonly string[]> {
  let value: unknown;
  try {
    value = JSON.parse(textOf(await readFile(path), path));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: cannot be read as JSON (${messageOf(error)})`);
  }
  const { _data_files: files, _indices_data_files: indices } = validated(isState, value, path);
  // Old releases left rows where they were and wrote which ones count.
  if ((indices ?? []).length > 0) {
    throw new UserError(
      `${folder}: rows of save_to_disk in an order of their own, which is not read here; write them again: datasets.load_from_disk(${JSON.stringify(folder)}).flatten_indices().save_to_disk("FOLDER")`,
    );
  }
  return files.map(({ filename }) => filename);
}
