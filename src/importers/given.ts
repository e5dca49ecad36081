/** Takes what the flags say in place of the files. */

import { didYouMean, UsageError, UserError } from "../base/errors.js";
import type { AxesFile } from "./importer.js";
import { AXIS_PREFIX, openTableFile } from "./table-records.js";

/**
 * Returns what a flag says of the i-th of n files: its only value, or one for each file.
 * @throws UsageError where there are several values, but not one for each file
 */
export function givenFor(
  flag: string,
  values: readonly string[] | undefined,
  i: number,
  n: number,
): string | undefined {
  if (values === undefined || values.length === 0) return undefined;
  if (values.length !== 1 && values.length !== n) {
    throw new UsageError(`--${flag} is given ${values.length} times for ${n} files; give it once, or once for each file in their order`); // prettier-ignore
  }
  return values.length === 1 ? values[0] : values[i];
}

/**
 * Returns what {@link givenFor} returns.
 * @param what added to the path in the message: how the file is read
 * @throws UsageError where the flag is not given
 */
export function neededFor(
  flag: string,
  values: readonly string[] | undefined,
  i: number,
  n: number,
  path: string,
  what = "",
): string {
  const value = givenFor(flag, values, i, n);
  if (value !== undefined) return value;
  throw new UsageError(`${path}${what} does not say which ${flag} it is of; say it by --${flag} NAME`);
}

/** @throws UsageError where a field is none of those that tell prompts apart */
export function promptField<const N extends string>(given: string | undefined, known: readonly N[]): N | undefined {
  if (given === undefined) return undefined;
  const found = known.find((name) => name === given);
  if (found === undefined) throw new UsageError(`--prompt-from ${given}: no such field${didYouMean(given, known)}`);
  return found;
}

/**
 * Reads a file of axes: a column `prompt` (or the first one) and one for each axis, its name with or without "axes.".
 * @throws UserError where it is no CSV file, or a prompt stands there twice
 */
export async function readAxes(path: string | undefined): Promise<AxesFile> {
  if (path === undefined) return new Map();
  const { header, lines, unit } = await openTableFile(path);
  const at = Math.max(0, header.indexOf("prompt"));
  const levels = new Map<string, Record<string, string | null>>();
  for await (const { values, line } of lines) {
    const id = values[at] ?? "";
    if (id === "") throw new UserError(`${path}, ${unit} ${line}: no prompt`);
    if (levels.has(id)) throw new UserError(`${path}, ${unit} ${line}: prompt ${id} a second time`);
    const own = header.flatMap((name, i): [string, string | null][] =>
      i === at ? [] : [[name.startsWith(AXIS_PREFIX) ? name.slice(AXIS_PREFIX.length) : name, values[i] || null]],
    );
    levels.set(id, Object.fromEntries(own));
  }
  if (levels.size === 0) throw new UserError(`${path}: no prompts below the header`);
  return levels;
}

/**
 * Checks that a file of axes is about the prompts of the files.
 * @throws UserError where a prompt has no line in it
 */
export function checkAxes(axes: AxesFile, prompts: readonly string[], path: string | undefined): void {
  if (path === undefined) return;
  const without = prompts.find((prompt) => !axes.has(prompt));
  if (without !== undefined)
    throw new UserError(`${path}: no line for prompt "${without}"${didYouMean(without, [...axes.keys()])}`);
}
