/** Seeded damage to bytes and to JSON, as fast-check arbitraries, so that a failure shrinks to the least damage. */

import fc from "fast-check";

/** Describes one edit; positions are taken modulo the length, so that every edit does something. */
type ByteEdit =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "set"; readonly at: number; readonly bytes: readonly number[] }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: readonly number[] }
  | { readonly kind: "remove"; readonly at: number; readonly count: number }
  /** A part of the file, laid over another or put between. */
  | {
      readonly kind: "splice";
      readonly from: number;
      readonly to: number;
      readonly count: number;
      readonly over: boolean;
    }
  | { readonly kind: "cut"; readonly at: number };

export type ByteEdits = readonly ByteEdit[];

/** Little-endian numbers at the edges of what sizes and offsets can be. */
const EDGES = [
  [0], [1], [0x7f], [0x80], [0xff], [0xff, 0xff], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [0xff, 0xff, 0xff, 0xff],
  [0, 0, 0, 0, 1, 0, 0, 0], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0, 0, 0, 0, 0x80],
  Array<number>(8).fill(0xff), Array<number>(8).fill(0),
]; // prettier-ignore

/** @param alphabet bytes that mean something in the format, e.g. opcodes */
export function byteEdits(alphabet: readonly number[]): fc.Arbitrary<ByteEdits> {
  const at = fc.nat();
  const bytes = fc.oneof(
    fc.constantFrom(...EDGES),
    fc.array(fc.constantFrom(...alphabet), { minLength: 1, maxLength: 4 }),
    fc.array(fc.nat(255), { minLength: 1, maxLength: 6 }),
  );
  const count = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 400 }));
  const edit: fc.Arbitrary<ByteEdit> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("flip" as const), at, bit: fc.nat(7) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("set" as const), at, bytes }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("insert" as const), at, bytes }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), at, count }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("splice" as const), from: at, to: at, count, over: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at }) },
  ); // prettier-ignore
  return fc.array(edit, { minLength: 1, maxLength: 4 });
}

/** Returns the bytes with all edits made, one after another. */
export function edited(bytes: Uint8Array, edits: ByteEdits): Buffer {
  return edits.reduce<Buffer>(apply, Buffer.from(bytes));
}

function apply(bytes: Buffer, edit: ByteEdit): Buffer {
  const place = (at: number) => (bytes.length === 0 ? 0 : at % bytes.length);
  const laidOver = (at: number, part: Uint8Array) =>
    Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at + part.length)]);
  const putBetween = (at: number, part: Uint8Array) => Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
  switch (edit.kind) {
    case "flip": {
      const at = place(edit.at);
      return laidOver(at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << edit.bit)));
    }
    case "set":
      return laidOver(place(edit.at), Uint8Array.from(edit.bytes));
    case "insert":
      return putBetween(place(edit.at), Uint8Array.from(edit.bytes));
    case "remove":
      return Buffer.concat([bytes.subarray(0, place(edit.at)), bytes.subarray(place(edit.at) + edit.count)]);
    case "splice": {
      const from = place(edit.from);
      const part = bytes.subarray(from, from + edit.count);
      return edit.over ? laidOver(place(edit.to), part) : putBetween(place(edit.to), part);
    }
    case "cut":
      return bytes.subarray(0, place(edit.at));
  }
}

type Json = Record<string, unknown>;

/** Describes one edit of an object: `path` chooses among all its places, at any depth. */
interface JsonEdit {
  readonly path: number;
  readonly kind: "replace" | "remove" | "rename" | "copy" | "scale";
  readonly value: unknown;
  readonly from: number;
}

export type JsonEdits = readonly JsonEdit[];

const ODD_VALUES = [
  0, -1, 1, 2, 3, 7, 0.5, -0.5, 64, 65, 1e9, 1e12, 2 ** 53, 2 ** 60, 1e300, -1e300, 1e-300, null, true, false, "", "1", "none",
  "default", "linear", "yarn", "longrope", "full_attention", "line\nend", "\u001b[2J", [], {}, [1], [[]], { type: "linear" },
  { rope_type: "dynamic", factor: 2 }, { factor: "2" }, [1e9, 1e9], "__proto__", "constructor",
]; // prettier-ignore

export const jsonEdits: fc.Arbitrary<JsonEdits> = fc.array(
  fc.record({
    path: fc.nat(),
    kind: fc.constantFrom("replace" as const, "replace" as const, "remove" as const, "rename" as const, "copy" as const, "scale" as const), // prettier-ignore
    value: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...ODD_VALUES) },
      fc.jsonValue(),
      fc.integer(),
      fc.double(),
    ),
    from: fc.nat(),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Returns a copy of the object with all edits made. */
export function editedJson(json: Json, edits: JsonEdits): Json {
  const copy = structuredClone(json);
  for (const edit of edits) applyJson(copy, edit);
  return copy;
}

/** Returns every place of a value, by the object or list that holds it. */
function places(value: object): [holder: Json, key: string][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => [
    [value as Json, key] as [Json, string],
    ...(typeof inner === "object" && inner !== null ? places(inner) : []),
  ]);
}

function applyJson(json: Json, { path, kind, value, from }: JsonEdit): void {
  const all = places(json);
  const place = all[path % Math.max(1, all.length)];
  const source = all[from % Math.max(1, all.length)];
  if (place === undefined || source === undefined) return;
  const [holder, key] = place;
  const old = holder[key];
  switch (kind) {
    case "replace":
      holder[key] = value;
      return;
    case "remove":
      Reflect.deleteProperty(holder, key);
      return;
    case "rename":
      Reflect.deleteProperty(holder, key);
      holder[source[1]] = old;
      return;
    case "copy":
      holder[key] = structuredClone(source[0][source[1]]);
      return;
    case "scale":
      if (typeof old === "number") holder[key] = old * (from % 2 === 0 ? 2 : 1e6);
  }
}
