/** Reads configuration files: YAML or JSON with the flags' names as keys. */

import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { messageOf, UsageError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { textOf } from "../../base/utf8.js";
import { canonicalName } from "./flags.js";
import { camelCase, FLAGS } from "../../library/run-options.js";
import { listedOption, optionSchema, splitLists } from "../../library/checked-options.js";

const SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(FLAGS.map((flag) => [flag.name, optionSchema(flag)])),
};
const isConfig = compileSchema<Record<string, unknown>>(SCHEMA);

/**
 * Reads a configuration file.
 * @returns values by camel-case flag name; a lone string of a repeatable flag becomes a list
 * @throws UsageError when the file cannot be read, is not YAML or JSON, or has an unknown key or a wrong type
 */
export function readConfig(path: string): Record<string, unknown> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `--config ${path}: ${code === "ENOENT" ? "no such file" : `cannot be read (${code ?? messageOf(error)})`}`,
    );
  }
  const text = textOf(bytes, `--config ${path}`, UsageError);
  let content: unknown;
  try {
    content = parseYaml(text) as unknown;
  } catch (error) {
    throw new UsageError(`--config ${path}: not YAML or JSON (${messageOf(error)})`);
  }
  const config = validated(isConfig, withCanonicalKeys(content ?? {}, path), `--config ${path}`, (message) => {
    return new UsageError(message);
  });
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      return [camelCase(name), split(listedOption(value, FLAGS.find((flag) => flag.name === name)?.type))];
    }),
  );
}

/** Splits the items of a list at their commas, too. */
function split(value: unknown): unknown {
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
  return isList ? splitLists(value) : value;
}

function withCanonicalKeys(content: unknown, path: string): unknown {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return content;
  const keys = new Map<string, string>();
  const entries = Object.entries(content).map(([key, value]: [string, unknown]) => {
    const name = canonicalName(key);
    const other = keys.get(name);
    if (other !== undefined) throw new UsageError(`--config ${path}: "${other}" and "${key}" are the same flag`);
    keys.set(name, key);
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}
