/** Defines Jinja's filters, but for those that draw at random, break lines or write more of web pages than escapes. */

import { capitalized, plainDigits } from "./letters.js";
import { asText, bind, centered, replaced, rounded, SPACE, splitLines, stripped } from "./methods.js";
import { add } from "./operators.js";
import { json, percentFormat, str } from "./text.js";
import {
  checkedList, checkedText, codePoints, compare, Dict, equal, given, isIterable, isNumber, iterate, Lazy, lengthOf, Markup, TemplateError, toIndex, truthy, Tuple,
  typeName, Undefined, type Named, type Value,
} from "./values.js"; // prettier-ignore

/** Describes what filters need of the one who evaluates. */
export interface FilterHost {
  readonly attribute: (value: Value, name: string) => Value;
  readonly item: (value: Value, key: Value) => Value;
  readonly filter: (name: string, value: Value, args: readonly Value[], kwargs: Named) => Value;
  readonly test: (name: string, value: Value, args: readonly Value[], kwargs: Named) => boolean;
}

type Given = Readonly<Record<string, Value | undefined>>;
type Filter = (value: Value, options: Given, host: FilterHost) => Value;

/** Follows a path such as "a.b.0". */
function pathGetter(path: Value | undefined, host: FilterHost, fallback?: Value): (value: Value) => Value {
  if (path === undefined || path === null) return (value) => value;
  const parts: Value[] =
    typeof path === "string" ? path.split(".").map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)) : [path];
  return (value) =>
    parts.reduce<Value>((one, part) => {
      const next = host.item(one, part);
      return next instanceof Undefined && fallback !== undefined && fallback !== null ? fallback : next;
    }, value);
}

function folded(value: Value, caseSensitive: Value | undefined): Value {
  return typeof value === "string" && !truthy(caseSensitive ?? false) ? value.toLowerCase() : value;
}

function sorted<T>(items: readonly T[], key: (item: T) => Value, reverse: boolean): T[] {
  const keyed = items.map((item) => [key(item), item] as const);
  const order = keyed.sort(([a], [b]) => (reverse ? -1 : 1) * Math.sign(compare(a, b)));
  return order.map(([, item]) => item);
}

function lines(value: Value, { width, first, blank }: Given): Value {
  const indent = typeof width === "string" ? width : " ".repeat(width === undefined ? 4 : toIndex(width));
  const all = splitLines(`${asText(value, "the text")}\n`);
  const [head = "", ...rest] = all;
  const indented = rest.map((line) => (line !== "" || truthy(blank ?? false) ? indent + line : line));
  const text = [head, ...indented].join("\n");
  return checkedText(truthy(first ?? false) ? indent + text : text);
}

function extreme(value: Value, { case_sensitive: sensitive, attribute }: Given, host: FilterHost, sign: 1 | -1): Value {
  const get = pathGetter(attribute, host);
  let best: Value | undefined;
  for (const one of iterate(value)) {
    if (best === undefined || sign * compare(folded(get(one), sensitive), folded(get(best), sensitive)) < 0) best = one;
  }
  return given(best, new Undefined("No aggregated item, sequence was empty."));
}

function* mapped(values: Value, change: (value: Value) => Value): Generator<Value> {
  for (const one of iterate(values)) yield change(one);
}

function* selected(values: Value, keep: (value: Value) => boolean): Generator<Value> {
  for (const one of iterate(values)) if (keep(one)) yield one;
}

function* batches(values: Value, size: number, fill: Value | undefined): Generator<Value> {
  let part: Value[] = [];
  for (const one of iterate(values)) {
    if (part.length === size) {
      yield part;
      part = [];
    }
    part.push(one);
  }
  if (part.length === 0) return;
  if (fill !== undefined && fill !== null) while (part.length < size) part.push(fill);
  yield part;
}

function* unique(values: Value, options: Given, host: FilterHost): Generator<Value> {
  const get = pathGetter(options["attribute"], host);
  const seen = new Dict();
  for (const one of iterate(values)) {
    const key = folded(get(one), options["case_sensitive"]);
    if (seen.get(key) === undefined) yield one;
    seen.set(key, true);
  }
}

/** Applies select, reject, selectattr and rejectattr. */
export function select(
  value: Value,
  args: readonly Value[],
  kwargs: Named,
  host: FilterHost,
  options: { readonly byAttribute: boolean; readonly keep: boolean },
): Value {
  if (!truthy(value)) return new Lazy([].values());
  const get = options.byAttribute ? pathGetter(asText(args[0], "the attribute"), host) : (one: Value) => one;
  const [name, ...rest] = options.byAttribute ? args.slice(1) : args;
  const test = (one: Value) =>
    name === undefined ? truthy(one) : host.test(asText(name, "the test"), one, rest, kwargs);
  return new Lazy(selected(value, (one) => test(get(one)) === options.keep));
}

export function map(value: Value, args: readonly Value[], kwargs: Named, host: FilterHost): Value {
  if (!truthy(value)) return new Lazy([].values());
  const [name, ...rest] = args;
  if (name === undefined) {
    const { attribute, default: fallback } = bind("map", ["attribute", "default"], [], kwargs);
    if (attribute === undefined) throw new TemplateError("map requires a filter argument");
    return new Lazy(mapped(value, pathGetter(attribute, host, fallback)));
  }
  return new Lazy(mapped(value, (one) => host.filter(asText(name, "the filter"), one, rest, kwargs)));
}

function grouped(
  value: Value,
  { attribute, default: fallback, case_sensitive: sensitive }: Given,
  host: FilterHost,
): Value {
  const get = pathGetter(attribute, host, fallback);
  const key = (one: Value) => folded(get(one), sensitive);
  const groups: { key: Value; items: Value[] }[] = [];
  for (const one of sorted([...iterate(value)], key, false)) {
    const last = groups.at(-1);
    if (last !== undefined && equal(last.key, key(one))) last.items.push(one);
    else groups.push({ key: key(one), items: [one] });
  }
  return groups.map(({ key: shared, items }) => {
    const own = truthy(sensitive ?? false) || typeof shared !== "string" ? shared : get(items[0] as Value);
    return new Tuple([own, items], ["grouper", "list"]);
  });
}

function toInt(value: Value, { default: fallback = 0n, base = 10n }: Given): Value {
  if (value instanceof Undefined) throw value.fail();
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return BigInt(value);
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : fallback;
  const text = value instanceof Markup ? value.text : value;
  if (typeof text !== "string") return fallback;
  const whole = asInt(text, toIndex(base));
  if (whole !== undefined) return whole;
  const number = asFloat(text);
  return number === undefined || !Number.isFinite(number) ? fallback : BigInt(Math.trunc(number));
}

const PREFIXES: Readonly<Record<string, number>> = { "0b": 2, "0o": 8, "0x": 16 };

/** Reads a text as Python's int(text, base) does. */
function asInt(text: string, base: number): bigint | undefined {
  if (base !== 0 && (base < 2 || base > 36)) return undefined;
  const [, sign = "", prefix = "", digits = ""] =
    /^([+-]?)(0[box](?=[_\da-z])|)_?([\da-z]+(?:_[\da-z]+)*)$/i.exec(plainNumber(text)) ?? [];
  const named = PREFIXES[prefix.toLowerCase()];
  const radix = base === 0 ? (named ?? 10) : base;
  // In base 16 "0b1" is a number without a prefix.
  const plain = (named === radix ? digits : prefix + digits).replaceAll("_", "").toLowerCase();
  if (base === 0 && named === undefined && /^0+[1-9]/.test(plain)) return undefined;
  let value = 0n;
  for (const digit of plain) {
    const worth = "0123456789abcdefghijklmnopqrstuvwxyz".indexOf(digit);
    if (worth >= radix) return undefined;
    value = value * BigInt(radix) + BigInt(worth);
  }
  return plain === "" ? undefined : sign === "-" ? -value : value;
}

function plainNumber(text: string): string {
  return plainDigits(stripped(text, undefined, "both"));
}

function toFloat(value: Value, { default: fallback = 0 }: Given): Value {
  if (value instanceof Undefined) throw value.fail();
  if (isNumber(value)) return Number(value);
  const text = value instanceof Markup ? value.text : value;
  return typeof text === "string" ? (asFloat(text) ?? fallback) : fallback;
}

/** Reads a text as Python's float() does. */
function asFloat(text: string): number | undefined {
  const plain = plainNumber(text).replaceAll(/(?<=\d)_(?=\d)/g, "");
  const [, sign, word] = /^([+-]?)(inf|infinity|nan)$/i.exec(plain) ?? [];
  if (word !== undefined) return word.toLowerCase() === "nan" ? NaN : sign === "-" ? -Infinity : Infinity;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&#39;",
  '"': "&#34;",
};

function escaped(value: Value): Markup {
  const text = str(value);
  return new Markup(value instanceof Markup ? text : text.replaceAll(/[&<>'"]/g, (char) => ENTITIES[char] as string));
}

function round(value: Value, { precision = 0n, method = "common" }: Given): Value {
  if (!isNumber(value))
    throw value instanceof Undefined ? value.fail() : new TemplateError(`a ${typeName(value)} cannot be rounded`);
  const places = toIndex(precision);
  if (method === "common")
    return typeof value === "number"
      ? rounded(value, places)
      : places >= 0
        ? BigInt(value)
        : BigInt(rounded(Number(value), places));
  if (method !== "ceil" && method !== "floor") throw new TemplateError("method must be common, ceil or floor");
  const unit = 10 ** places;
  // Python rounds to an int here, which has no zero below zero.
  return (Math[method](Number(value) * unit) + 0) / unit;
}

function truncate(value: Value, options: Given): Value {
  const text = asText(value, "the text");
  const end = options["end"] === undefined ? "..." : asText(options["end"], "end");
  const length = options["length"] === undefined ? 255 : toIndex(options["length"]);
  const leeway = options["leeway"] === undefined || options["leeway"] === null ? 5 : toIndex(options["leeway"]);
  const all = codePoints(text);
  if (length < codePoints(end).length)
    throw new TemplateError(`expected length >= ${codePoints(end).length}, got ${length}`);
  if (all.length <= length + leeway) return text;
  const cut = all.slice(0, length - codePoints(end).length).join("");
  if (truthy(options["killwords"] ?? false)) return cut + end;
  const at = cut.lastIndexOf(" ");
  return (at < 0 ? cut : cut.slice(0, at)) + end;
}

const BEGINNINGS = new RegExp(`((?:[-({[<]|${SPACE})+)`, "u");

function titled(value: Value): Value {
  return str(value)
    .split(BEGINNINGS)
    .map((word) => {
      const [first = ""] = codePoints(word);
      return first.toUpperCase() + word.slice(first.length).toLowerCase();
    })
    .join("");
}

function toJson(value: Value, options: Given): Value {
  const { indent, separators } = options;
  const marks = separators instanceof Tuple || Array.isArray(separators) ? [...iterate(separators)] : undefined;
  const unit =
    indent === undefined || indent === null
      ? undefined
      : typeof indent === "string"
        ? indent
        : " ".repeat(toIndex(indent));
  const [between, colon] = marks ?? [unit === undefined ? ", " : ",", ": "];
  return checkedText(
    json(value, {
      ascii: truthy(options["ensure_ascii"] ?? false),
      indent: unit,
      separators: [asText(between, "separator"), asText(colon, "separator")],
      sorted: truthy(options["sort_keys"] ?? false),
    }),
  );
}

function joined(value: Value, { d, attribute }: Given, host: FilterHost): Value {
  const get = pathGetter(attribute, host);
  return checkedText(
    checkedList([...iterate(value)])
      .map((one) => str(get(one)))
      .join(d === undefined ? "" : str(d)),
  );
}

function last(value: Value): Value {
  if (value instanceof Lazy) throw new TemplateError("'generator' object is not reversible");
  return given([...iterate(value)].at(-1), new Undefined("No last item, sequence was empty."));
}

function first(value: Value): Value {
  for (const one of iterate(value)) return one;
  return new Undefined("No first item, sequence was empty.");
}

function slices(value: Value, { slices: count, fill_with: fill }: Given): Value {
  const items = [...iterate(value)];
  const parts = toIndex(count ?? null);
  const [size, extra] = [Math.floor(items.length / parts), items.length % parts];
  let at = 0;
  return new Lazy(
    Array.from({ length: parts }, (_, i): Value => {
      const part = items.slice(at, (at += size + (i < extra ? 1 : 0)));
      return fill !== undefined && fill !== null && i >= extra ? [...part, fill] : part;
    }).values(),
  );
}

const DEFAULT: readonly [readonly string[], Filter] = [
  ["default_value", "boolean"],
  (value, { default_value: fallback = "", boolean = false }) =>
    value instanceof Undefined || (truthy(boolean) && !truthy(value)) ? fallback : value,
];
const LENGTH: readonly [readonly string[], Filter] = [[], (value) => BigInt(lengthOf(value))];
const EXTREME = ["case_sensitive", "attribute"];

/** Holds the parameter names of each filter, and what it does. */
export const FILTERS: Readonly<Record<string, readonly [readonly string[], Filter]>> = {
  abs: [[], (value) => {
    if (!isNumber(value)) throw new TemplateError(`bad operand type for abs(): '${typeName(value)}'`);
    const number = typeof value === "boolean" ? BigInt(value) : value;
    return typeof number === "number" ? Math.abs(number) : number < 0n ? -number : number;
  }],
  attr: [["name"], (value, { name }, host) => host.attribute(value, asText(name, "name"))],
  batch: [["linecount", "fill_with"], (value, { linecount, fill_with: fill }) => new Lazy(batches(value, toIndex(linecount ?? null), fill))],
  capitalize: [[], (value) => capitalized(str(value))],
  center: [["width"], (value, { width }) => centered(str(value), width === undefined ? 80 : toIndex(width), " ")],
  count: LENGTH,
  d: DEFAULT,
  default: DEFAULT,
  dictsort: [["case_sensitive", "by", "reverse"], (value, { case_sensitive: sensitive, by = "key", reverse = false }) => {
    if (!(value instanceof Dict)) throw new TemplateError(`'${typeName(value)}' object has no attribute 'items'`);
    if (by !== "key" && by !== "value") throw new TemplateError('You can only sort by either "key" or "value"');
    return sorted(value.pairs(), (pair) => folded(pair[by === "key" ? 0 : 1], sensitive), truthy(reverse)).map((pair) => new Tuple(pair));
  }],
  e: [[], escaped],
  escape: [[], escaped],
  first: [[], first],
  float: [["default"], toFloat],
  groupby: [["attribute", "default", "case_sensitive"], grouped],
  indent: [["width", "first", "blank"], lines],
  int: [["default", "base"], toInt],
  items: [[], (value) => {
    if (value instanceof Undefined) return new Lazy([].values());
    if (!(value instanceof Dict)) throw new TemplateError("Can only get item pairs from a mapping.");
    return new Lazy(value.pairs().map((pair): Value => new Tuple(pair)).values());
  }],
  join: [["d", "attribute"], joined],
  last: [[], last],
  length: LENGTH,
  list: [[], (value) => checkedList([...iterate(value)])],
  lower: [[], (value) => str(value).toLowerCase()],
  max: [EXTREME, (value, options, host) => extreme(value, options, host, -1)],
  min: [EXTREME, (value, options, host) => extreme(value, options, host, 1)],
  replace: [["old", "new", "count"], (value, { old = null, new: by = null, count }) => replaced(str(value), str(old), str(by), count === undefined || count === null ? -1 : toIndex(count))],
  reverse: [[], (value) => (typeof value === "string" ? codePoints(value).reverse().join("") : new Lazy([...iterate(value)].reverse().values()))],
  round: [["precision", "method"], round],
  safe: [[], (value) => new Markup(str(value))],
  slice: [["slices", "fill_with"], slices],
  sort: [["reverse", "case_sensitive", "attribute"], (value, { reverse = false, case_sensitive: sensitive, attribute }, host) => {
    const paths = typeof attribute === "string" ? attribute.split(",") : [attribute];
    const getters = paths.map((path) => pathGetter(path, host));
    return sorted([...iterate(value)], (one) => new Tuple(getters.map((get) => folded(get(one), sensitive))), truthy(reverse));
  }],
  string: [[], (value) => str(value)],
  sum: [["attribute", "start"], (value, { attribute, start = 0n }, host) => {
    const get = pathGetter(attribute, host);
    let total = start;
    for (const one of iterate(value)) total = add(total, get(one));
    return total;
  }],
  title: [[], titled],
  tojson: [["ensure_ascii", "indent", "separators", "sort_keys"], toJson],
  trim: [["chars"], (value, { chars }) => stripped(str(value), chars, "both")],
  truncate: [["length", "killwords", "end", "leeway"], truncate],
  unique: [EXTREME, (value, options, host) => new Lazy(unique(value, options, host))],
  upper: [[], (value) => str(value).toUpperCase()],
  urlencode: [[], (value) => {
    if (typeof value !== "string" && isIterable(value)) throw new TemplateError("urlencode is supported for texts only");
    return encodeURIComponent(str(value)).replaceAll("%2F", "/").replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  }],
  wordcount: [[], (value) => BigInt((str(value).match(/[\p{L}\p{N}_]+/gu) ?? []).length)],
}; // prettier-ignore

/** Applies `text | format(...)`. */
export function formatFilter(value: Value, args: readonly Value[], kwargs: Named): Value {
  if (args.length > 0 && kwargs.size > 0)
    throw new TemplateError("can't handle positional and keyword arguments at the same time");
  return checkedText(percentFormat(str(value), kwargs.size > 0 ? new Dict(kwargs) : new Tuple(args)));
}
