/** Says what a prompt family is: tasks that ask the same kind of question share their fields and wordings. */

import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { EXTRACTION_SCHEMA, type Extraction } from "../../metrics/extract.js";
import { ANSWER_KINDS, type AnswerKind } from "../../metrics/metric.js";

/** Describes a text of a question that wordings fill in. */
export interface FamilyField {
  /** Says what the text is. */
  readonly meaning: string;
  /** What formats call it: "Premise". */
  readonly called: string;
  /**
   * What becomes of the field where a row has no text for it: `keep` fills in nothing, `leave-out` leaves out whatever
   * a wording has between `{{#if field}}` and `{{/if}}`, and the field in formats. Absent where every row has a text.
   */
  readonly whenEmpty?: "keep" | "leave-out";
}

/**
 * Holds what a wording brings beside its text: what writes its prompts and answers, where an answer ends and how it is
 * read.
 */
export type Brings = Pick<WordingDefinition, "source" | "answers" | "stop" | "extract">;

/** Describes a wording that brings more than its text. */
export interface WordingDefinition {
  /** Handlebars text, each field once. */
  readonly text?: string;
  /**
   * In place of `text`, what writes the whole prompt of each row: `toExample` gives it in `worded`. It is a part of the
   * prompt's hash.
   */
  readonly source?: string;
  /** Stands once before all shots and the question. */
  readonly preamble?: string;
  /** Stands between the prompt and its answer; a space when left out, nothing after white space. */
  readonly answerSeparator?: string;
  /** What writes the answers of each row, where `toExample` words them for this prompt alone. */
  readonly answers?: string;
  /** Strings that end an answer to this prompt, in place of the task's. */
  readonly stop?: readonly string[];
  /** How an answer to this prompt is read out of the text, in place of the task's way. */
  readonly extract?: Extraction;
}

/** Describes a family as its author writes it. */
export interface FamilyDefinition {
  /** Lower-case letters, digits and underscores. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** By the names that wordings use, in the order of the formats. Choices are listed below the last. */
  readonly fields: Readonly<Record<string, FamilyField>>;
  /** What its wordings ask for. */
  readonly answer: {
    /** What formats call it: "Relation". */
    readonly called: string;
    /** The kinds of answer that its wordings ask for. */
    readonly kinds: readonly AnswerKind[];
  };
  /** Handlebars texts by the id of the wording; the first is the default one. */
  readonly wordings?: Readonly<Record<string, string | WordingDefinition>>;
  /** Folder of more wordings, one .hbs file each: an absolute path or a file: URL. */
  readonly templates?: string | URL;
  /** Whether its fields may be asked in formats, too; true when left out. */
  readonly formats?: boolean;
  /** Stands after each shot; a line break when left out. */
  readonly shotSeparator?: string;
  /** Stands once before all shots and the question of formats, and of wordings that do not say otherwise. */
  readonly preamble?: string;
}

/** Holds a checked family. */
export interface Family extends Omit<FamilyDefinition, "templates" | "wordings"> {
  readonly wordings: Readonly<Record<string, WordingDefinition>>;
  /** Path of the folder. */
  readonly templates?: string;
}

/** Tells a family from a task among what a plugin exports. */
const MARK = Symbol.for("amuro-eval.family");

/**
 * Declares a family of prompts. The definition is checked when the plugin is loaded, so that the error can name its
 * file.
 * @returns the definition, marked as one of a family
 * @example
 * export const sentiment = defineFamily({ name: "sentiment", fields: { text: { meaning: "…", called: "Text" } }, … })
 */
export function defineFamily(definition: FamilyDefinition): FamilyDefinition {
  return Object.assign({ [MARK]: true }, definition);
}

/** Tells whether a value was made by {@link defineFamily}. */
export function isFamilyDefinition(value: unknown): value is FamilyDefinition {
  return typeof value === "object" && value !== null && MARK in value;
}

const text = { type: "string", minLength: 1 } as const;
const name = { type: "string", pattern: "^[a-z][a-zA-Z0-9_]*$" } as const;
const isDefinition = compileSchema<FamilyDefinition>({
  type: "object",
  additionalProperties: false,
  required: ["name", "description", "fields", "answer"],
  properties: {
    name: { type: "string", pattern: "^[a-z][a-z0-9_]*$" },
    description: text,
    fields: {
      type: "object",
      minProperties: 1,
      propertyNames: name,
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        required: ["meaning", "called"],
        properties: { meaning: text, called: text, whenEmpty: { enum: ["keep", "leave-out"] } },
      },
    },
    answer: {
      type: "object",
      additionalProperties: false,
      required: ["called", "kinds"],
      properties: {
        called: text,
        kinds: { type: "array", minItems: 1, uniqueItems: true, items: { enum: ANSWER_KINDS } },
      },
    },
    wordings: {
      type: "object",
      propertyNames: { type: "string", pattern: "^[a-z][a-z0-9-]*$" },
      additionalProperties: {
        if: { type: "string" },
        then: text,
        else: {
          type: "object",
          additionalProperties: false,
          properties: {
            text,
            source: text,
            preamble: { type: "string" },
            answerSeparator: { type: "string" },
            answers: text,
            stop: { type: "array", items: text },
            extract: EXTRACTION_SCHEMA,
          },
          oneOf: [{ required: ["text"] }, { required: ["source"] }],
        },
      },
    },
    templates: true,
    formats: { type: "boolean" },
    shotSeparator: { type: "string" },
    preamble: { type: "string" },
  },
});

/**
 * Checks the definition of a family.
 * @param source where it came from, for messages
 * @throws UsageError that names the wrong field
 */
export function checkFamily(definition: unknown, source: string): Family {
  const checked = validated(isDefinition, definition, `${source}: family`, (message) => new UsageError(message));
  const { wordings = {}, templates, ...family } = checked;
  if (Object.keys(wordings).length === 0 && templates === undefined) {
    throw new UsageError(`${source}: family ${family.name}: has no wording; give wordings or templates`);
  }
  if (Object.values(family.fields).every(({ whenEmpty }) => whenEmpty !== undefined)) {
    throw new UsageError(`${source}: family ${family.name}: every field may be empty; nothing would be asked`);
  }
  return {
    ...family,
    wordings: Object.fromEntries(
      Object.entries(wordings).map(([id, wording]) => [id, typeof wording === "string" ? { text: wording } : wording]),
    ),
    ...(templates === undefined ? {} : { templates: folderOf(templates, `${source}: family ${family.name}`) }),
  };
}

/** Checks the folder of a family's templates by hand, because a schema knows no URL, and returns its path. */
function folderOf(templates: unknown, source: string): string {
  if (templates instanceof URL && templates.protocol === "file:") return fileURLToPath(templates);
  if (typeof templates === "string" && isAbsolute(templates)) return templates;
  throw new UsageError(`${source}: templates must be an absolute path or a file: URL, as in new URL("./prompts/", import.meta.url)`); // prettier-ignore
}

/** Returns the name of a family as a task gives it. */
export function familyName(family: string | Pick<FamilyDefinition, "name">): string {
  return typeof family === "string" ? family : family.name;
}

/** Returns the names of a family's fields, in their order. */
export function fieldNames({ fields }: Pick<Family, "fields">): string[] {
  return Object.keys(fields);
}

/** Returns the field that choices are listed below, where a prompt lists them. */
export function questionField(family: Family): string {
  return fieldNames(family).at(-1) as string;
}

/** Returns the fields that a row may leave out. */
export function optionalFields({ fields }: Pick<Family, "fields">): string[] {
  return Object.entries(fields).flatMap(([field, { whenEmpty }]) => (whenEmpty === "leave-out" ? [field] : []));
}
