/** Configuration files: YAML or JSON with the flags' names as keys. */

import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { messageOf, UsageError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { camelCase, canonicalName, FLAGS } from "./flags.js";
import { PROMPTS_SCHEMA, promptWord } from "../output/prompt-list.js";

/** Flags whose values may also be written as axes with levels. */
const PROMPT_FLAGS = ["prompts", "seen-prompts"];

const SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(FLAGS.map((flag) => [flag.name, schemaOf(flag)])),
};
const isConfig = compileSchema<Record<string, unknown>>(SCHEMA);

function schemaOf(flag: (typeof FLAGS)[number]): object {
  switch (flag.type) {
    case "strings":
      if (PROMPT_FLAGS.includes(flag.name)) return PROMPTS_SCHEMA;
      return { type: ["string", "array"], items: { type: "string" } };
    case "integers": {
      const item = {
        type: "integer",
        maximum: Number.MAX_SAFE_INTEGER,
        ...(flag.minimum === undefined ? {} : { minimum: flag.minimum }),
      };
      return { anyOf: [item, { type: "array", items: item, minItems: 1 }] };
    }
    case "number":
      return {
        ...(flag.integer === true
          ? { type: "integer", maximum: flag.maximum ?? Number.MAX_SAFE_INTEGER }
          : { type: "number" }),
        ...(flag.minimum === undefined ? {} : { minimum: flag.minimum }),
      };
    case "string":
      return { type: "string", ...(flag.choices === undefined ? {} : { enum: flag.choices }) };
    case "boolean":
      return { type: "boolean" };
  }
}

/**
 * Reads a configuration file.
 * @returns values by camel-case flag name; a lone string of a repeatable flag becomes a list
 * @throws UsageError when the file cannot be read, is not YAML or JSON, or has an unknown key or a wrong type
 */
export function readConfig(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `--config ${path}: ${code === "ENOENT" ? "no such file" : `cannot be read (${code ?? messageOf(error)})`}`,
    );
  }
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
      return [camelCase(name), listed(value, FLAGS.find((flag) => flag.name === name)?.type)];
    }),
  );
}

/** A lone value of a flag that takes several becomes a list. */
function listed(value: unknown, type: (typeof FLAGS)[number]["type"] | undefined): unknown {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  if (type === "strings") return splitLists(values.map((item) => promptWord(item as string)));
  return type === "integers" ? values : value;
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

/** Comma lists as single items. */
export function splitLists(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(","))
    .map((value) => value.trim())
    .filter((value) => value !== "");
}
