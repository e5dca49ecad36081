/** Defines the flags that say what files of other programs leave open. */

import { Option, type Command } from "commander";
import { IMPORT_FLAGS, type ImportOptions } from "../../importers/importer.js";
import type { PathOptions } from "../../library/options-of-path.js";
import { camelCase } from "../../library/run-options.js";
import { collect } from "./command-flags.js";

/**
 * Adds the flags to a command that reads such files.
 * @param perPath whether each may be said of one path alone, as PATH=VALUE
 */
export function addImportFlags(command: Command, perPath = false): Command {
  for (const { name, value, many, help } of IMPORT_FLAGS) {
    const option = new Option(`--${name} <${value}>`, help);
    if (many || perPath) option.argParser(collect);
    command.addOption(option);
  }
  return command;
}

/** Returns what the flags say; those that are not given are left out. */
export function importOptionsOf(command: Command): ImportOptions {
  return givenFlags(command);
}

/** Returns the same of a command whose flags may be said of one path alone. */
export function pathOptionsOf(command: Command): PathOptions {
  return givenFlags(command);
}

function givenFlags(command: Command): Record<string, never> {
  const given: Record<string, unknown> = command.opts();
  const known = IMPORT_FLAGS.map(({ name }) => camelCase(name));
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => known.includes(name) && value !== undefined),
  ) as Record<string, never>;
}
