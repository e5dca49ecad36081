/**
 * Defines the values of a template and how Python treats them: int is bigint, float is number, str is string, list is
 * an array; the other types have classes here.
 */

/** Says what is wrong with a template, or with what it is given. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Markup
  | Value[]
  | Tuple
  | Dict
  | Undefined
  | Range
  | Lazy
  | View
  | Callable
  | Attributes;

/** Limits the length of a text, and the elements of a list, that a template may make. */
const LONGEST = 1 << 24;

/** Stands for a name that nothing has; most uses of it fail with `problem`. */
export class Undefined {
  constructor(readonly problem: string) {}

  fail(): TemplateError {
    return new TemplateError(this.problem);
  }
}

export class Tuple {
  /** @param names names of the first items, where they have some */
  constructor(
    readonly items: readonly Value[],
    readonly names: readonly string[] = [],
  ) {}
}

/** Holds a text that is escaped for web pages: to join others to it would escape them, which is not supported. */
export class Markup {
  constructor(readonly text: string) {}
}

export class Dict {
  private readonly entries = new Map<string, readonly [Value, Value]>();

  constructor(pairs: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of pairs) this.set(key, value);
  }

  get size(): number {
    return this.entries.size;
  }

  set(key: Value, value: Value): void {
    const hash = hashOf(key);
    this.entries.set(hash, [this.entries.get(hash)?.[0] ?? key, value]);
  }

  get(key: Value): Value | undefined {
    return this.entries.get(hashOf(key))?.[1];
  }

  pairs(): (readonly [Value, Value])[] {
    return [...this.entries.values()];
  }
}

/** Holds what keys(), values() and items() of a dict give. */
export class View {
  constructor(
    readonly name: string,
    readonly items: readonly Value[],
  ) {}
}

export class Range {
  readonly length: number;

  constructor(
    readonly start: bigint,
    readonly stop: bigint,
    readonly step: bigint,
  ) {
    const span = step > 0n ? stop - start + step - 1n : start - stop - step - 1n;
    const length = span <= 0n ? 0n : span / (step > 0n ? step : -step);
    this.length = Number(length);
  }

  at(index: number): bigint {
    return this.start + BigInt(index) * this.step;
  }

  *values(): Generator<bigint> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}

/** Holds what map, select and their like give: it can be gone through once. */
export class Lazy {
  constructor(readonly values: Iterator<Value>) {}
}

export type Named = ReadonlyMap<string, Value>;

export class Callable {
  constructor(
    readonly name: string,
    readonly call: (args: readonly Value[], kwargs: Named) => Value,
  ) {}
}

/** Holds an object of which a template sees attributes only. */
export class Attributes {
  constructor(
    readonly typeName: string,
    readonly attribute: (name: string) => Value | undefined,
    /** Present where templates may set attributes. */
    readonly assign?: (name: string, value: Value) => void,
    readonly call?: Callable["call"],
  ) {}
}

/** Returns the value, or the other where there is none: None is a value. */
export function given(value: Value | undefined, otherwise: Value): Value {
  return value === undefined ? otherwise : value;
}

export function isNumber(value: Value): value is boolean | bigint | number {
  return typeof value === "bigint" || typeof value === "number" || typeof value === "boolean";
}

/** Returns a text for a key; equal keys have equal texts. */
function hashOf(key: Value): string {
  if (typeof key === "string") return `s${key}`;
  if (key === null) return "none";
  if (typeof key === "number") return Number.isInteger(key) ? `n${BigInt(key)}` : `f${key}`;
  if (isNumber(key)) return `n${BigInt(key)}`;
  if (key instanceof Tuple)
    return `(${key.items
      .map(hashOf)
      .map((one) => `${one.length}:${one}`)
      .join()})`;
  throw new TemplateError(`unhashable type: '${typeName(key)}'`);
}

/** Returns the name of the value's type in Python. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float";
  if (typeof value === "string") return "str";
  if (Array.isArray(value)) return "list";
  if (value instanceof Tuple) return "tuple";
  if (value instanceof Dict) return "dict";
  if (value instanceof Undefined) return "Undefined";
  if (value instanceof Range) return "range";
  if (value instanceof Lazy) return "generator";
  if (value instanceof View) return value.name;
  if (value instanceof Markup) return "Markup";
  return value instanceof Attributes ? value.typeName : "function";
}

export function truthy(value: Value): boolean {
  if (typeof value === "string") return value !== "";
  if (isNumber(value)) return Boolean(value);
  if (value === null || value instanceof Undefined) return false;
  if (Array.isArray(value) || value instanceof Range) return value.length > 0;
  if (value instanceof Tuple || value instanceof View) return value.items.length > 0;
  if (value instanceof Markup) return value.text !== "";
  return value instanceof Dict ? value.size > 0 : true;
}

export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a instanceof Markup) return equal(a.text, b);
  if (b instanceof Markup) return equal(a, b.text);
  if (isNumber(a) && isNumber(b))
    return Number(a) === Number(b) && (typeof a === "number" || typeof b === "number" || BigInt(a) === BigInt(b));
  if (Array.isArray(a) && Array.isArray(b)) return sameItems(a, b);
  if (a instanceof Tuple && b instanceof Tuple) return sameItems(a.items, b.items);
  if (a instanceof Dict && b instanceof Dict) {
    return (
      a.size === b.size &&
      a.pairs().every(([key, value]) => {
        const other = b.get(key);
        return other !== undefined && equal(value, other);
      })
    );
  }
  if (a instanceof Range && b instanceof Range) return sameItems([...a.values()], [...b.values()]);
  return a instanceof Undefined && b instanceof Undefined;
}

function sameItems(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((value, i) => equal(value, b[i] as Value));
}

/**
 * Compares as Python's < does.
 * @returns below, at or above zero; NaN where neither is smaller
 * @throws TemplateError where the types have no order
 */
export function compare(a: Value, b: Value, sign = "<"): number {
  if (isNumber(a) && isNumber(b)) {
    if (typeof a === "number" || typeof b === "number")
      return Number(a) - Number(b) || (Number(a) === Number(b) ? 0 : NaN);
    const difference = BigInt(a) - BigInt(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  const [first, second] = [listed(a), listed(b)];
  if (first !== undefined && second !== undefined && typeName(a) === typeName(b)) {
    for (let i = 0; i < Math.min(first.length, second.length); i++) {
      const [x, y] = [first[i] as Value, second[i] as Value];
      if (!equal(x, y)) return compare(x, y, sign);
    }
    return first.length - second.length;
  }
  for (const one of [a, b]) if (one instanceof Undefined) throw one.fail();
  throw new TemplateError(`'${sign}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}

function listed(value: Value): readonly Value[] | undefined {
  return Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined;
}

/** Returns the characters of a text as Python counts them. */
export function codePoints(text: string): string[] {
  return Array.from(text);
}

/** Compares texts by code points; JavaScript compares UTF-16 units. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const [x, y] = [codePoints(a), codePoints(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

/** Goes through a value; characters of a text are code points. @throws TemplateError where it has no elements */
export function* iterate(value: Value): Generator<Value> {
  if (typeof value === "string" || Array.isArray(value)) yield* value as Iterable<Value>;
  else if (value instanceof Tuple || value instanceof View) yield* value.items;
  else if (value instanceof Dict) for (const [key] of value.pairs()) yield key;
  else if (value instanceof Range) yield* value.values();
  else if (value instanceof Lazy) {
    for (let next = value.values.next(); next.done !== true; next = value.values.next()) yield next.value;
  } else if (!(value instanceof Undefined)) throw new TemplateError(`'${typeName(value)}' object is not iterable`);
}

export function isIterable(value: Value): boolean {
  return !(value === null || isNumber(value) || value instanceof Callable || value instanceof Attributes);
}

/** Counts elements, or code points. */
export function lengthOf(value: Value): number {
  if (typeof value === "string") return codePoints(value).length;
  if (Array.isArray(value) || value instanceof Range) return value.length;
  if (value instanceof Tuple || value instanceof View) return value.items.length;
  if (value instanceof Dict) return value.size;
  if (value instanceof Undefined) return 0;
  throw new TemplateError(`object of type '${typeName(value)}' has no len()`);
}

/** Computes Python's `needle in value`. */
export function contains(value: Value, needle: Value): boolean {
  if (typeof value === "string") {
    if (typeof needle === "string") return value.includes(needle);
    throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(needle)}`);
  }
  if (value instanceof Dict) return value.get(needle) !== undefined;
  for (const one of iterate(value)) if (equal(one, needle)) return true;
  return false;
}

/** Returns a text after checking that it is not too long. */
export function checkedText(text: string): string {
  if (text.length > LONGEST) throw new TemplateError(`it makes a text of more than ${LONGEST} characters`);
  return text;
}

/** Returns a list after checking that it is not too long. */
export function checkedList<T extends readonly Value[]>(items: T): T {
  if (items.length > LONGEST >> 4) throw new TemplateError(`it makes a list of more than ${LONGEST >> 4} elements`);
  return items;
}

/** Returns an int where a whole number is needed. */
export function toIndex(value: Value): number {
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  throw new TemplateError(`a whole number is needed, not '${typeName(value)}'`);
}
