/** Reads prompts as files and configurations write them: words of --prompts, or axes with their levels. */

import { existsSync, readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { messageOf, UsageError } from "../base/errors.js";
import { LEVEL_AXES } from "../templates/axes/registry.js";
import { wording } from "../templates/axes/wording.js";
import { compileSchema, validated } from "../base/validation.js";
import { textOf } from "../base/utf8.js";

const scalar = { type: ["string", "number"] };
const levels = { type: [...scalar.type, "array"], items: scalar, minItems: 1 };
const axes = {
  additionalProperties: false,
  required: [wording.name],
  properties: Object.fromEntries([wording, ...LEVEL_AXES].map(({ name }) => [name, levels])),
  // Names that axes had before are read, but not proposed.
  patternProperties: { [`^(${LEVEL_AXES.flatMap(({ was }) => was ?? []).join("|")})$`]: levels },
};

/** Describes a word of --prompts, or the product of axes: `{ wording: [default, io], labels: true-false }`. */
const ENTRY_SCHEMA = { type: ["string", "object"], ...axes };

/** Describes one of these, or several. */
export const PROMPTS_SCHEMA = { type: ["string", "object", "array"], ...axes, items: ENTRY_SCHEMA };

type Scalar = string | number;
/** Holds a word of --prompts, or axes with their levels. */
export type PromptEntry = string | Readonly<Record<string, Scalar | readonly Scalar[]>>;

const isList = compileSchema<readonly PromptEntry[]>({ type: "array", minItems: 1, items: ENTRY_SCHEMA });

/** Writes an entry as a word of --prompts. */
export function promptWord(entry: PromptEntry): string {
  if (typeof entry === "string") return entry;
  const { [wording.name]: bases = [], ...axes } = entry;
  const alternatives = (value: Scalar | readonly Scalar[]) => [value].flat().join("|");
  return [alternatives(bases), ...Object.entries(axes).map(([axis, value]) => `${axis}=${alternatives(value)}`)].join(
    "+",
  );
}

/**
 * Returns words of --prompts, those of files put in place of the files: `@FILE`, or the path of a .json, .yaml or .yml
 * file.
 * @throws UsageError when a file is not there or holds no list of prompts
 */
export function withPromptFiles(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    if (word.startsWith("@")) return readPrompts(word.slice(1));
    return /\.(json|ya?ml)$/.test(word) ? readPrompts(word) : [word];
  });
}

function readPrompts(path: string): string[] {
  if (!existsSync(path)) throw new UsageError(`--prompts ${path}: no such file`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--prompts ${path}: cannot be read (${code ?? messageOf(error)})`);
  }
  const text = textOf(bytes, `--prompts ${path}`, UsageError);
  let content: unknown;
  try {
    content = parseYaml(text) as unknown;
  } catch (error) {
    throw new UsageError(`--prompts ${path}: not YAML or JSON (${messageOf(error)})`);
  }
  return validated(isList, content, `--prompts ${path}`, (message) => new UsageError(message)).map(promptWord);
}
