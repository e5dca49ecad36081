/** Reads files of lm-evaluation-harness: YAML with `include:` and references to functions of Python. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { isMap, isScalar, LineCounter, parseDocument, type Document, type ScalarTag } from "yaml";
import { messageOf, UsageError } from "../../base/errors.js";
import { textOf } from "../../base/utf8.js";

/** Refers to a function of Python, as `!function utils.process_docs` does. */
export class PythonFunction {
  /**
   * @param name with its module, as the file writes it
   * @param folder of the file
   */
  constructor(
    readonly name: string,
    readonly folder: string,
  ) {}

  /** Name within its module. */
  get ownName(): string {
    return this.name.slice(this.name.lastIndexOf(".") + 1);
  }

  /** Path of the module beside the file; it need not be there. */
  get module(): string {
    const [, module = ""] = /^(.*)\.[^.]*$/.exec(this.name) ?? [];
    return join(this.folder, `${module.replaceAll(".", "/")}.py`);
  }

  /** Returns the text of the function; undefined where the module is not there or does not define it. */
  source(): string | undefined {
    if (!existsSync(this.module)) return undefined;
    const lines = textOf(readFileSync(this.module), this.module, UsageError).split(/\r?\n/);
    const own = this.ownName;
    const start = lines.findIndex((line) => new RegExp(`^(?:async )?(?:def|class) ${own}\\b|^${own} *=`).test(line));
    if (start < 0) return undefined;
    const after = lines.slice(start + 1);
    const closes = (line: string) => line !== "" && !/^[\s)\]}#]/.test(line);
    const end = after.findIndex(closes);
    return [lines[start], ...(end < 0 ? after : after.slice(0, end))].join("\n").trimEnd();
  }

  /** Returns the text of the whole module; undefined where it is not there. */
  moduleText(): string | undefined {
    return existsSync(this.module) ? textOf(readFileSync(this.module), this.module, UsageError) : undefined;
  }
}

/** Holds the keys of a file; functions are {@link PythonFunction}. */
export type YamlFile = Readonly<Record<string, unknown>>;

/**
 * Reads a file with the files that it includes; its own keys count before theirs. A list of tasks is not inherited.
 * @throws UsageError when a file is not there, is no YAML mapping, or includes itself
 */
export function readYaml(path: string, within: readonly string[] = []): YamlFile {
  const file = resolve(path);
  if (within.includes(file)) throw new UsageError(`${path}: includes itself (${[...within, file].join(" > ")})`);
  const { include, ...own } = parsed(file);
  if (include === undefined || include === null) return own;
  const included = [include].flat().map((one) => {
    if (typeof one !== "string") throw new UsageError(`${path}: include: expected the path of a file`);
    const other = isAbsolute(one) ? one : join(dirname(file), one);
    if (!existsSync(other)) throw new UsageError(`${path}: include: there is no file ${other}`);
    return withoutKeys(["task_list"], readYaml(other, [...within, file]));
  });
  return Object.assign({}, ...included, own) as YamlFile;
}

/** Returns a file without some of its keys. */
export function withoutKeys(keys: readonly string[], file: YamlFile): YamlFile {
  return Object.fromEntries(Object.entries(file).filter(([key]) => !keys.includes(key)));
}

function parsed(file: string): YamlFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new UsageError(`${file}: no such file`);
  }
  const text = textOf(bytes, file, UsageError);
  const folder = dirname(file);
  const functions: ScalarTag = { tag: "!function", resolve: (name) => new PythonFunction(name, folder) };
  const lines = new LineCounter();
  // PyYAML, which the harness reads with, keeps to YAML 1.1: "yes" and "no" are booleans, and a key may stand twice.
  const document = parseDocument(text, {
    version: "1.1",
    customTags: [functions],
    uniqueKeys: false,
    merge: true,
    lineCounter: lines,
    logLevel: "error",
  });
  const value = valueOf(document, file);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`${file}: expected keys and values, as in "task: my_task"`);
  }
  refuseTwice(document, lines, file);
  return value as YamlFile;
}

/** Returns what a document holds. @throws UsageError that says what of it cannot be read */
function valueOf(document: Document, file: string): unknown {
  let value: unknown;
  try {
    for (const error of document.errors) throw error;
    value = document.toJS();
  } catch (error) {
    const [message = ""] = messageOf(error).split("\n");
    // PyYAML reads on where a line of a quoted text stands too far left, which YAML does not allow.
    const isQuoted = message.startsWith("Missing closing");
    throw new UsageError(
      `${file}: not YAML (${message})${isQuoted ? "; begin every line of a quoted text with more spaces than its key" : ""}`,
    );
  }
  const [warning] = document.warnings;
  if (warning !== undefined) {
    const [message = ""] = warning.message.split("\n");
    throw new UsageError(`${file}: ${message}; of tags !function alone is read`);
  }
  return value;
}

/** Checks that no key stands twice with two values. @throws UsageError that names the key and its line */
function refuseTwice({ contents }: Document, lines: LineCounter, file: string): void {
  if (!isMap(contents)) return;
  const earlier = new Map<unknown, string>();
  for (const { key, value } of contents.items) {
    // How scores of tasks are put together is not read.
    if (!isScalar(key) || key.value === "aggregate_metric_list") continue;
    const held = JSON.stringify(value);
    if (earlier.has(key.value) && earlier.get(key.value) !== held) {
      const { line } = lines.linePos(key.range?.[0] ?? 0);
      throw new UsageError(
        `${file}: line ${line}: the key ${String(key.value)} stands a second time with another value; keep one`,
      );
    }
    earlier.set(key.value, held);
  }
}
