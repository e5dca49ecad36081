/** Takes values out of JSON documents of others, whose other fields do not matter. */

import { UserError } from "../base/errors.js";

export type Json = Readonly<Record<string, unknown>>;

export function canBeObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the value at a path of keys; undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== "object" || inner === null) return undefined;
    inner = (inner as Record<string | number, unknown>)[key];
  }
  return inner;
}

/** @returns undefined where it is no text */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** Returns a number, also one that is written as text or as true or false; undefined for anything else. */
export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path);
  if (typeof found === "boolean") return Number(found);
  if (typeof found === "string" && found.trim() !== "" && Number.isFinite(Number(found))) return Number(found);
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as unknown[]) : [];
}

export function objectAt(value: unknown, ...path: readonly (string | number)[]): Json {
  const found = at(value, ...path);
  return canBeObject(found) ? found : {};
}

/** @throws UserError where the value is not there */
export function needed<T>(value: T | undefined, what: string, where: string): T {
  if (value === undefined) throw new UserError(`${where}: no ${what}`);
  return value;
}

/** Writes the values of a row as texts. */
export function fieldsOf(row: Json): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
