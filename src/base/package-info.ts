/** Finds where the package lives and which version it is. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Holds the root folder of the installed package (the parent of dist/ or src/). */
export const PACKAGE_ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Holds the version of amuro-eval, from its package.json. */
export const VERSION = versionIn(PACKAGE_ROOT);

/**
 * Finds the installed version of a dependency, undefined where it is not installed (optional ones may be missing). Its
 * package.json is found from its entry point: many do not export it.
 */
export function installedVersion(name: string): string | undefined {
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve(name));
  } catch {
    return undefined;
  }
  while (!existsSync(join(folder, "package.json")) && folder !== dirname(folder)) folder = dirname(folder);
  return versionIn(folder);
}

function versionIn(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}
