/** Reads a templates.yaml of promptsource: prompts in Jinja over the columns of a dataset. */

import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse as parseYaml, YAMLMap, type CollectionTag } from "yaml";
import { messageOf, UsageError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { textOf } from "../../base/utf8.js";

/** Describes a template as its file writes it. */
export interface TemplateConfig {
  readonly name: string;
  /** Input and target, as Jinja with "|||" between them. */
  readonly jinja: string;
  /** Answers as Jinja with "|||" between them; null where the answer is free text. */
  readonly answer_choices?: string | null;
  readonly metadata?: {
    readonly original_task?: boolean | null;
    readonly metrics?: readonly string[] | null;
    readonly [other: string]: unknown;
  } | null;
  readonly [other: string]: unknown;
}

export interface TemplatesFile {
  /** Path of the file. */
  readonly path: string;
  readonly dataset: string;
  readonly subset?: string | null;
  readonly templates: readonly TemplateConfig[];
}

/** Stands between the input and the target of a template, and between answers. */
export const SEPARATOR = "|||";

const isFile = compileSchema<{
  readonly dataset: string;
  readonly subset?: string | null;
  readonly templates: Readonly<Record<string, TemplateConfig>>;
}>({
  type: "object",
  required: ["dataset", "templates"],
  properties: {
    dataset: { type: "string", minLength: 1 },
    subset: { type: ["string", "null"] },
    templates: {
      type: "object",
      minProperties: 1,
      additionalProperties: {
        type: "object",
        required: ["name", "jinja"],
        properties: {
          name: { type: "string", minLength: 1 },
          jinja: { type: "string", minLength: 1 },
          answer_choices: { type: ["string", "null"] },
          metadata: {
            type: ["object", "null"],
            properties: {
              original_task: { type: ["boolean", "null"] },
              metrics: { type: ["array", "null"], items: { type: "string" } },
            },
          },
        },
      },
    },
  },
});

/** Reads the tags that promptsource writes before a template and its metadata: they are plain mappings. */
const TAGS = ["!Template", "!TemplateMetadata"].map((tag): CollectionTag => ({
  tag,
  collection: "map",
  nodeClass: YAMLMap,
  resolve: (value) => value,
}));

/**
 * Reads a file, or the templates.yaml of a folder.
 * @throws UsageError where it is not there or is no such file
 */
export function readTemplates(given: string): TemplatesFile {
  const place = resolve(given);
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
  const path = isFolder ? join(place, "templates.yaml") : place;
  let content: unknown;
  try {
    content = parseYaml(textOf(readFileSync(path), path, UsageError), { customTags: TAGS });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UsageError(`promptsource:${given}: ${isMissing ? "no such file" : `not YAML (${messageOf(error)})`}`);
  }
  const { dataset, subset, templates } = validated(isFile, content, path, (message) => new UsageError(message));
  return { path, dataset, subset: subset ?? null, templates: Object.values(templates) };
}
