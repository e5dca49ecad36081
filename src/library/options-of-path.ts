/** Takes what flags say of one path of several: `PATH=VALUE` is said of that path alone, any other value of all. */

import { UsageError } from "../base/errors.js";
import { IMPORT_FLAGS, type ImportOptions } from "../importers/importer.js";
import { camelCase } from "./run-options.js";

/** Holds the same as {@link ImportOptions}; each value may stand after `PATH=`, and each flag several times. */
export type PathOptions = {
  readonly [K in keyof ImportOptions]?: string | readonly string[] | undefined;
};

/**
 * Returns what the flags say of a path; what is said of it alone goes before what is said of all.
 * @param paths all that were given
 * @throws UsageError where a flag that is given once has several values for the path
 */
export function optionsOfPath(path: string, paths: readonly string[], options: PathOptions): ImportOptions {
  const entries = IMPORT_FLAGS.flatMap(({ name, many, value }): [string, string | readonly string[]][] => {
    const key = camelCase(name) as keyof ImportOptions;
    const given = [options[key] ?? []].flat();
    const own = given.flatMap((text) => (text.startsWith(`${path}=`) ? [text.slice(path.length + 1)] : []));
    const shared = given.filter((text) => !paths.some((other) => text.startsWith(`${other}=`)));
    const values = own.length > 0 ? own : shared;
    const [only] = values;
    if (only === undefined) return [];
    if (many) return [[key, values]];
    if (values.length > 1) throw new UsageError(`--${name} is given ${values.length} times for ${path}; give it once, or once for a path as ${path}=${value}`); // prettier-ignore
    return [[key, only]];
  });
  return Object.fromEntries(entries);
}
