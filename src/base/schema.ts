/**
 * Builds JSON schemas that carry the type of what fits them, so that ajv and the compiler check the same thing. Kept in
 * place of TypeBox, which takes 0.2 s to load and has no lists of values with null, nor read-only types.
 */

declare const fits: unique symbol;
const definition = Symbol("definition");
const optionalKey = Symbol("optional");

/** Describes a JSON schema (draft 2020-12) of values of type T. */
export interface Schema<T> {
  readonly [fits]: () => T;
  readonly [definition]?: { readonly name: string; readonly schema: Schema<unknown> };
  readonly [keyword: string]: unknown;
}

/** Names the type of the values that fit a schema. */
export type Of<S extends Schema<unknown>> = S extends Schema<infer T> ? T : never;

/** Holds further keywords of a schema, or its description alone. */
export type Rules = string | Readonly<Record<string, unknown>>;

type Optional = Readonly<Record<typeof optionalKey, true>>;
type Fields = Readonly<Record<string, Schema<unknown>>>;
type OptionalKeys<F> = { [K in keyof F]: F[K] extends Optional ? K : never }[keyof F];
type Flat<T> = { [K in keyof T]: T[K] };

/** Names the type of an object with these fields. */
export type Values<F extends Fields> = Flat<
  { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Of<F[K]> } & {
    readonly [K in OptionalKeys<F>]?: Of<F[K]>;
  }
>;

function schema<T>(keywords: object, rules: Rules = {}): Schema<T> {
  return { ...keywords, ...(typeof rules === "string" ? { description: rules } : rules) } as Schema<T>;
}

/** Returns the schema of any number. */
export function number(rules?: Rules): Schema<number> {
  return schema({ type: "number" }, rules);
}

/** Returns the schema of a whole number. */
export function integer(rules?: Rules): Schema<number> {
  return schema({ type: "integer" }, rules);
}

/** Returns the schema of a string. */
export function text(rules?: Rules): Schema<string> {
  return schema({ type: "string" }, rules);
}

/** Returns the schema of a string or a number. */
export function scalar(rules?: Rules): Schema<string | number> {
  return schema({ type: ["string", "number"] }, rules);
}

/** Returns the schema of a string or a whole number. */
export function textOrInteger(rules?: Rules): Schema<string | number> {
  return schema({ type: ["string", "integer"] }, rules);
}

/** Returns the schema of a string, a number, true or false. */
export function flag(rules?: Rules): Schema<string | number | boolean> {
  return schema({ type: ["string", "number", "boolean"] }, rules);
}

/** Returns the schema of any object. */
export function anyObject(rules?: Rules): Schema<Readonly<Record<string, unknown>>> {
  return schema({ type: "object", additionalProperties: true }, rules);
}

/** Returns the schema of true and false. */
export function boolean(rules?: Rules): Schema<boolean> {
  return schema({ type: "boolean" }, rules);
}

/** Returns the schema of one of some values. */
export function oneOf<const V extends readonly (string | number | null)[]>(
  values: V,
  rules?: Rules,
): Schema<V[number]> {
  return schema({ enum: values }, rules);
}

/** Returns the schema of one value. */
export function constant<const V extends string>(value: V, rules?: Rules): Schema<V> {
  return schema({ const: value }, rules);
}

/** Returns the schema of a list. */
export function list<T>(items: Schema<T>, rules?: Rules): Schema<readonly T[]> {
  return schema({ type: "array", items }, rules);
}

/** Returns the schema of a list that may be written as a lone value: `a` for `[a]`. */
export function oneOrMore<T extends string | number>(items: Schema<T>, rules?: Rules): Schema<T | readonly T[]> {
  return schema({ ...items, type: [items["type"], "array"].flat(), items }, rules);
}

/** Returns the schema of an object with any keys. */
export function record<T>(values: Schema<T>, rules?: Rules): Schema<Readonly<Record<string, T>>> {
  return schema({ type: "object", additionalProperties: values }, rules);
}

/** Returns the schema of an object with these keys and no others. */
export function object<F extends Fields>(fields: F, rules?: Rules): Schema<Values<F>> {
  const required = Object.keys(fields).filter((key) => !(optionalKey in (fields[key] as object)));
  return schema({ type: "object", additionalProperties: false, required, properties: fields }, rules);
}

/** Returns the schema of a key that may be missing. */
export function optional<T>(of: Schema<T>): Schema<T> & Optional {
  return { ...of, [optionalKey]: true };
}

/** Returns the schema with null added. */
export function orNull<T>(of: Schema<T>, rules?: Rules): Schema<T | null> {
  const { description, type, enum: values, ...rest } = of;
  const about = description === undefined ? {} : { description };
  if (type !== undefined) return schema({ type: [type, "null"].flat(), ...rest, ...about }, rules);
  if (Array.isArray(values)) return schema({ enum: [...(values as unknown[]), null], ...rest, ...about }, rules);
  return schema({ anyOf: [of, { type: "null" }] }, rules);
}

/** Returns the schema with a description of its own. */
export function about<T>(of: Schema<T>, description: string): Schema<T> {
  return { ...of, description };
}

/** Returns a reference to a schema, which {@link published} lists under its name. */
export function named<T>(name: string, of: Schema<T>): Schema<T> {
  return { $ref: `#/$defs/${name}`, [definition]: { name, schema: of } } as unknown as Schema<T>;
}

/** Returns the schema of a whole document as it is published, with all that it refers to. */
export function published<T>(head: { readonly $id: string; readonly title: string }, root: Schema<T>): Schema<T> {
  const found = new Map<string, Schema<unknown>>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const target = (value as Partial<Schema<unknown>>)[definition];
    if (target !== undefined && !found.has(target.name)) {
      found.set(target.name, target.schema);
      visit(target.schema);
    }
    Object.values(value).forEach(visit);
  };
  visit(root);
  const $defs = Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  return schema({ $schema: "https://json-schema.org/draft/2020-12/schema", ...head, ...root, $defs });
}
