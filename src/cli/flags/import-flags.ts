/** Defines the flags that say what files of other programs leave open. */

import { Option, type Command } from "commander";
import { IMPORT_FLAGS, type ImportOptions } from "../../importers/importer.js";
import { camelCase } from "../../library/run-options.js";
import { collect } from "./command-flags.js";

/** Adds the flags to a command that reads such files. */
export function addImportFlags(command: Command): Command {
  for (const { name, value, many, help } of IMPORT_FLAGS) {
    const option = new Option(`--${name} <${value}>`, help);
    if (many) option.argParser(collect);
    command.addOption(option);
  }
  return command;
}

/** Returns what the flags say; those that are not given are left out. */
export function importOptionsOf(command: Command): ImportOptions {
  const given: Record<string, unknown> = command.opts();
  const known = IMPORT_FLAGS.map(({ name }) => camelCase(name));
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => known.includes(name) && value !== undefined),
  );
}
