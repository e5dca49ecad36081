/** Defines importers of plugins. */

import { messageOf, UsageError, UserError } from "../base/errors.js";
import { compileSchema, validated } from "../base/validation.js";
import type { Importer, ImportOptions } from "./importer.js";
import type { CheckpointFacts, ImportedRow, PromptFacts, TaskFacts } from "./rows.js";
import type { SourceFile } from "./source-file.js";
import type { Staging } from "./staging.js";

/** Shows a file to an importer. */
export type ImportFile = Pick<SourceFile, "path" | "root" | "name" | "bytes" | "head" | "json" | "keys" | "columns" | "lines">; // prettier-ignore

/** Takes what an importer reads. */
export interface ImportSink {
  /** Takes the score of one row under one prompt; rows may come in any order. */
  readonly add: (row: ImportedRow) => Promise<void>;
  /** Says what is known of a checkpoint; what was said before is kept, as of tasks and prompts. */
  readonly checkpoint: (name: string, facts: CheckpointFacts) => void;
  /** Says what is known of a task. */
  readonly task: (name: string, facts: TaskFacts) => void;
  /** Says what is known of a prompt of a task. */
  readonly prompt: (task: string, prompt: string, facts: PromptFacts) => void;
  /** Holds what a reader of the results has to know. */
  readonly notes: Pick<Set<string>, "add">;
  /** Holds what the files lack. */
  readonly missing: Pick<Set<string>, "add">;
  /** Holds the version of each program that made the files. */
  readonly tools: Pick<Map<string, string>, "set">;
}

/** Holds an importer as its author writes it. */
export interface ImporterDefinition {
  /** Lower-case letters, digits and dashes: KIND on the command line. */
  readonly kind: string;
  /** What made the files, as readers call it. */
  readonly title: string;
  /** What such a file looks like, for the message that refuses another one. */
  readonly expects: string;
  /** Tells whether a file is of this kind, by its name and its beginning. */
  readonly detect: (file: ImportFile) => boolean | Promise<boolean>;
  /**
   * Reads all files of one import. Throws a `UserError` for a file that is wrong, a `UsageError` for a flag that is
   * missing.
   */
  readonly read: (files: readonly ImportFile[], options: ImportOptions, sink: ImportSink) => void | Promise<void>;
}

/** Tells an importer from other things that a plugin exports. */
const MARK = Symbol.for("amuro-eval.importer");

/**
 * Declares an importer. The definition is checked when the plugin is loaded, so that the error can name its file.
 * @returns the definition, marked as an importer
 * @example
 * export const notes = defineImporter({ kind: "notes", title: "notes", expects: "NAME.notes", detect, read })
 */
export function defineImporter(definition: ImporterDefinition): ImporterDefinition {
  return Object.assign({ [MARK]: true }, definition);
}

/** Tells whether a value was made by {@link defineImporter}. */
export function isImporterDefinition(value: unknown): boolean {
  return typeof value === "object" && value !== null && MARK in value;
}

const text = { type: "string", minLength: 1 } as const;
const isDefinition = compileSchema<ImporterDefinition>({
  type: "object",
  additionalProperties: false,
  required: ["kind", "title", "expects", "detect", "read"],
  properties: {
    kind: { type: "string", pattern: "^[a-z][a-z0-9-]*$" },
    title: text,
    expects: text,
    detect: true,
    read: true,
  },
});

const numbers = { type: "array", items: { type: "number" } } as const;
const texts = { type: "array", items: { type: "string" } } as const;
const count = { type: "integer", minimum: 0 } as const;
const isRow = compileSchema<ImportedRow>({
  type: "object",
  additionalProperties: false,
  required: ["checkpoint", "task", "prompt", "item", "metrics"],
  properties: {
    checkpoint: text,
    task: text,
    prompt: text,
    item: text,
    rowHash: { type: "string", pattern: "^[0-9a-f]{64}$" },
    fields: { type: "object", additionalProperties: { type: "string" } },
    answers: texts,
    gold: count,
    references: texts,
    promptHash: { type: "string", pattern: "^[0-9a-f]{64}$" },
    choice: { type: "integer", minimum: -1 },
    tied: count,
    generated: { type: "string" },
    logprobs: numbers,
    metrics: { type: "object", minProperties: 1, additionalProperties: { type: "number" } },
  },
});

/**
 * Checks the definition of an importer. What it hands on is checked row by row.
 * @param source where it came from, for messages
 * @throws UsageError that names the wrong field
 */
export function checkImporter(definition: unknown, source: string): Importer {
  const one = validated(isDefinition, definition, `${source}: importer`, (message) => new UsageError(message));
  for (const name of ["detect", "read"] as const) {
    if (typeof one[name] !== "function") throw new UsageError(`${source}: importer ${one.kind}: ${name} must be a function`); // prettier-ignore
  }
  const guarded = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`${source}: importer ${one.kind}: ${messageOf(error)}`, { cause: error });
    }
  };
  return {
    kind: one.kind,
    title: one.title,
    expects: one.expects,
    detect: (file) => guarded(() => one.detect(file)),
    read: (files, options, staging) =>
      guarded(() => one.read(files, options, sinkOf(staging, `${source}: importer ${one.kind}`))),
  };
}

function sinkOf(staging: Staging, source: string): ImportSink {
  const { notes, missing, tools } = staging;
  let rows = 0;
  return {
    notes,
    missing,
    tools,
    add: async (row) => {
      rows++;
      const checked = validated(isRow, row, `${source}: row ${rows}`);
      for (const list of [checked.logprobs, Object.values(checked.metrics)]) {
        if (list?.some(Number.isNaN) === true) throw new UserError(`${source}: row ${rows}: not a number among its scores`); // prettier-ignore
      }
      await staging.add(checked);
    },
    checkpoint: (name, facts) => {
      staging.checkpoint(name, facts);
    },
    task: (name, facts) => {
      staging.task(name, facts);
    },
    prompt: (task, prompt, facts) => {
      staging.prompt(task, prompt, facts);
    },
  };
}
