/** Describes what dataset.json says: where the rows of a dataset come from and which columns they have. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { didYouMean, messageOf, UserError } from "../base/errors.js";
import { PACKAGE_ROOT } from "../base/package-info.js";
import { compileSchema, validated } from "../base/validation.js";
import { textOf } from "../base/utf8.js";
import { parsedSplit, type Slice } from "./slice.js";

const SCALARS = ["string", "int", "float", "bool", "string[]"] as const;

/** Holds one row: the described columns and no others. Integers are numbers, lists are arrays, structs are objects. */
export type Row = Readonly<Record<string, unknown>>;

/** Names the type of a column; an object type lists the fields of a struct. */
export type ColumnType = (typeof SCALARS)[number] | { readonly [field: string]: ColumnType };

/** Lists the columns that rows have, with their types. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** Stands for columns that are not described: rows have all of their file, with the types that the file gives them. */
export const ANY_COLUMNS = "any";
export type AnyColumns = Columns | typeof ANY_COLUMNS;

/** Says what a label column may hold: certain values, or numbers from `range[0]` to `range[1]`, both included. */
export type Labels =
  | { readonly column: string; readonly values: readonly (string | number | boolean)[] }
  | { readonly column: string; readonly range: readonly [number, number] };

/** Holds a dataset repository of the hub. */
export interface HubSource {
  /** OWNER/NAME. */
  readonly id: string;
  /** Commit, tag or branch; a commit keeps results comparable over time. */
  readonly revision: string;
  /** One of several sets of rows in the repository, as its card names them. */
  readonly config?: string;
  /**
   * Split name -> glob pattern of its files; absent where they are found by the card of the dataset, or by their names.
   */
  readonly files?: Readonly<Record<string, string>>;
}

/** Holds the description a plugin gives inline: only the columns are needed. */
export interface InlineDatasetDescription {
  readonly name?: string;
  readonly title?: string;
  readonly description?: string;
  readonly homepage?: string;
  readonly licence?: string;
  readonly citation?: string;
  readonly hub?: HubSource;
  /** Names of the hub's splits: the evaluated one, and the one shots are drawn from. */
  readonly splits?: { readonly eval: string; readonly train?: string };
  readonly columns: AnyColumns;
  readonly labels?: Labels;
}

/** Describes a complete dataset.json, as the built-in datasets have. */
export type DatasetDescription = Required<Omit<InlineDatasetDescription, "labels" | "columns">> &
  Pick<InlineDatasetDescription, "labels"> & { readonly columns: Columns };

/** Says where rows lie on this machine: files or folders of parts, one after the other. */
export interface LocalRows {
  readonly paths: readonly string[];
  /** Key of JSON files under which their rows stand. */
  readonly field?: string;
  /** Which of all rows are taken; all where it is absent. */
  readonly slice?: Slice;
}

/** Holds a description together with the places its rows may be in. */
export interface ResolvedDataset {
  readonly description: InlineDatasetDescription;
  /** Folder that holds sample.jsonl and sample.train.jsonl. */
  readonly folder?: string;
  /** A plugin's own local files. */
  readonly files?: { readonly eval: LocalRows; readonly train?: LocalRows };
  /** Rows that shots are drawn from, in place of those of a file. */
  readonly shotRows?: readonly Row[];
  /** Another name that files of a folder may have beside the task's. */
  readonly fileName?: string;
  /** Changes rows when they are read, or leaves them out. */
  readonly change?: (row: Row) => Row | undefined;
}

const text = { type: "string", minLength: 1 };
const properties = {
  name: { type: "string", pattern: "^[a-z0-9_]+$" },
  title: text,
  description: text,
  homepage: { type: "string", pattern: "^https?://" },
  licence: text,
  citation: text,
  hub: {
    type: "object",
    required: ["id", "revision"],
    additionalProperties: false,
    properties: {
      id: text,
      revision: text,
      config: text,
      files: { type: "object", minProperties: 1, additionalProperties: text },
    },
  },
  splits: {
    type: "object",
    required: ["eval"],
    additionalProperties: false,
    properties: { eval: text, train: text },
  },
  columns: { if: { type: "string" }, then: { const: ANY_COLUMNS }, else: { $ref: "#/$defs/columns" } },
  labels: {
    type: "object",
    required: ["column"],
    additionalProperties: false,
    properties: {
      column: text,
      values: { type: "array", minItems: 1, uniqueItems: true, items: { type: ["string", "number", "boolean"] } },
      range: { type: "array", minItems: 2, maxItems: 2, items: { type: "number" } },
    },
    oneOf: [{ required: ["values"] }, { required: ["range"] }],
  },
};
const base = {
  type: "object",
  additionalProperties: false,
  properties,
  $defs: {
    columns: { type: "object", minProperties: 1, additionalProperties: { $ref: "#/$defs/column" } },
    // Decided by the kind of the value, so that an unknown type name is reported as just that.
    column: { if: { type: "string" }, then: { enum: SCALARS }, else: { $ref: "#/$defs/columns" } },
  },
};

/** Describes a dataset.json file as a JSON schema. */
const descriptionSchema = {
  ...base,
  required: Object.keys(properties).filter((key) => key !== "labels"),
};

/** Describes what a plugin gives inline as a JSON schema. */
const inlineDescriptionSchema = {
  ...base,
  required: ["columns"],
  dependentRequired: { hub: ["splits"], splits: ["hub"] },
};

const isDescription = compileSchema<DatasetDescription>(descriptionSchema);
const isInline = compileSchema<InlineDatasetDescription>(inlineDescriptionSchema);

/**
 * Checks a plugin's inline description.
 * @param source where it stands, for messages
 * @throws UserError that names each wrong key
 */
export function checkInlineDescription(value: unknown, source: string): InlineDatasetDescription {
  return checkNames(validated(isInline, value, source), source);
}

/**
 * Reads the dataset.json of a folder.
 * @throws UserError when the file is missing, is not JSON or does not fit descriptionSchema
 */
export function loadDescription(folder: string): DatasetDescription {
  const path = join(folder, "dataset.json");
  let value: unknown;
  try {
    value = JSON.parse(textOf(readFileSync(path), path));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: cannot be read as JSON (${messageOf(error)})`);
  }
  return checkNames(validated(isDescription, value, path), path);
}

/** Lists the datasets that come with the package, by name, each with its folder. */
export function builtinDatasets(): ReadonlyMap<string, { description: DatasetDescription; folder: string }> {
  const root = join(PACKAGE_ROOT, "datasets");
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map(({ name }) => name).sort();
  return new Map(
    names.map((name) => {
      const folder = join(root, name);
      return [name, { description: loadDescription(folder), folder }];
    }),
  );
}

/** Checks that a split is one of the hub's and the label column one of the columns: no schema can say that. */
function checkNames<T extends InlineDatasetDescription>(description: T, source: string): T {
  const { hub, splits, columns, labels } = description;
  const splitNames = Object.keys(hub?.files ?? {});
  for (const [role, split] of Object.entries(splits ?? {})) {
    if (hub?.files !== undefined && !splitNames.includes(parsedSplit(split).name)) {
      throw new UserError(`${source}: splits.${role} is "${split}", not in hub.files${didYouMean(split, splitNames)}`);
    }
  }
  if (labels && columns !== ANY_COLUMNS && !Object.hasOwn(columns, labels.column)) {
    const hint = didYouMean(labels.column, Object.keys(columns));
    throw new UserError(`${source}: labels.column is "${labels.column}", not a column${hint}`);
  }
  return description;
}
