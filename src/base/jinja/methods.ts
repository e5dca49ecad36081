/** Defines the methods of Python's str, list, tuple and dict that a template may call. */

import { capitalized, DIGIT, folded, isLower, isTitle, isUpper, NUMERIC, swapped, titled } from "./letters.js";
import { fixed, padded, repr } from "./text.js";
import {
  Callable, checkedList, checkedText, codePoints, Dict, equal, given as or, isNumber, iterate, lengthOf, Range, TemplateError, toIndex, Tuple, typeName, Undefined, View,
  type Named, type Value,
} from "./values.js"; // prettier-ignore

export const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const WORDS = new RegExp(`[^${SPACE.slice(1)}+`, "gu");
const LINES = /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/gu; // eslint-disable-line no-control-regex

/** Binds arguments to the names of parameters, as a Python call does. */
export function bind(
  what: string,
  names: readonly string[],
  args: readonly Value[],
  kwargs: Named,
): Readonly<Record<string, Value | undefined>> {
  if (args.length > names.length)
    throw new TemplateError(`${what} takes ${names.length} arguments, not ${args.length}`);
  const bound: Record<string, Value | undefined> = Object.fromEntries(
    args.map((value, i) => [names[i] as string, value]),
  );
  for (const [name, value] of kwargs) {
    if (!names.includes(name)) throw new TemplateError(`${what} has no argument "${name}"`);
    if (bound[name] !== undefined) throw new TemplateError(`${what} got "${name}" twice`);
    bound[name] = value;
  }
  return bound;
}

type Method<T> = (self: T, given: Readonly<Record<string, Value | undefined>>, args: readonly Value[]) => Value;
/** Holds parameter names, and what is done with them; "*" takes any number. */
type Methods<T> = Readonly<Record<string, readonly [readonly string[] | "*", Method<T>]>>;

/** Returns an argument as text, which it has to be. */
export function asText(value: Value | undefined, what: string): string {
  if (typeof value === "string") return value;
  if (value instanceof Undefined) throw value.fail();
  throw new TemplateError(`${what} must be str, not ${value === undefined ? "missing" : typeName(value)}`);
}

function count(value: Value | undefined): number {
  return value === undefined ? -1 : toIndex(value);
}

/** Takes white space, or the given characters, off the ends of a text. */
export function stripped(text: string, chars: Value | undefined, side: "both" | "left" | "right"): string {
  const unwanted =
    chars === undefined || chars === null
      ? (char: string) => new RegExp(`^${SPACE}$`, "u").test(char)
      : (char: string) => asText(chars, "strip arg").includes(char);
  const all = codePoints(text);
  let [from, to] = [0, all.length];
  if (side !== "right") while (from < to && unwanted(all[from] as string)) from++;
  if (side !== "left") while (to > from && unwanted(all[to - 1] as string)) to--;
  return all.slice(from, to).join("");
}

function split(text: string, separator: Value | undefined, most: number, fromRight: boolean): string[] {
  if (separator === undefined || separator === null) {
    const found = [...text.matchAll(WORDS)];
    if (most < 0 || found.length <= most) return found.map(([word]) => word);
    if (fromRight) {
      const kept = found.slice(Math.max(0, found.length - most));
      const rest = stripped(text.slice(0, kept[0]?.index ?? text.length), undefined, "right");
      return [...(rest === "" ? [] : [rest]), ...kept.map(([word]) => word)];
    }
    const kept = found.slice(0, most);
    const last = kept.at(-1);
    const rest = stripped(text.slice(last === undefined ? 0 : last.index + last[0].length), undefined, "left");
    return [...kept.map(([word]) => word), ...(rest === "" ? [] : [rest])];
  }
  const mark = asText(separator, "the separator");
  if (mark === "") throw new TemplateError("empty separator");
  const parts = text.split(mark);
  if (most < 0 || parts.length <= most + 1) return parts;
  return fromRight
    ? [parts.slice(0, parts.length - most).join(mark), ...parts.slice(parts.length - most)]
    : [...parts.slice(0, most), parts.slice(most).join(mark)];
}

/** Splits a text as Python's str.splitlines() does. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines = [...text.matchAll(LINES)].map(([line]) => line).filter((line) => line !== "");
  return keepEnds ? lines : lines.map((line) => line.replace(/(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])$/u, "")); // eslint-disable-line no-control-regex
}

/** Replaces the first `most` places of a part, or all where `most` is below zero, as Python does. */
export function replaced(text: string, old: string, by: string, most: number): string {
  if (old === "") {
    const chars = codePoints(text);
    const places = most < 0 ? chars.length + 1 : most;
    const end = places > chars.length ? by : "";
    return checkedText(chars.map((char, i) => (i < places ? by : "") + char).join("") + end);
  }
  if (most < 0) return checkedText(text.replaceAll(old, () => by));
  const parts = text.split(old);
  return checkedText([parts.slice(0, most + 1).join(by), ...parts.slice(most + 1)].join(old));
}

type Bounds = Readonly<Record<string, Value | undefined>>;

/** Returns what lies between `start` and `end`, in code points; undefined where the end lies before the start. */
function rangeOf(text: string, given: Bounds): { readonly part: string; readonly from: number } | undefined {
  const all = codePoints(text);
  const bound = (value: Value | undefined, fallback: number) => {
    if (value === undefined || value === null) return fallback;
    const index = toIndex(value);
    return Math.max(0, index < 0 ? index + all.length : index);
  };
  const [from, to] = [bound(given["start"], 0), Math.min(all.length, bound(given["end"], all.length))];
  return from > to ? undefined : { part: all.slice(from, to).join(""), from };
}

function found(text: string, needle: Value | undefined, given: Bounds, last: boolean): number {
  const mark = asText(needle, "the argument");
  const within = rangeOf(text, given);
  if (within === undefined) return -1;
  const { part, from } = within;
  const at = last ? part.lastIndexOf(mark) : part.indexOf(mark);
  return at < 0 ? -1 : from + codePoints(part.slice(0, at)).length;
}

function beginsOrEnds(text: string, part: Value | undefined, given: Bounds, ends: boolean): boolean {
  const parts = part instanceof Tuple ? part.items : [part];
  const within = rangeOf(text, given);
  return parts.some((one) => {
    const wanted = asText(one, "the argument");
    return within !== undefined && (ends ? within.part.endsWith(wanted) : within.part.startsWith(wanted));
  });
}

function counted(text: string, sub: string, given: Bounds): bigint {
  const within = rangeOf(text, given);
  if (within === undefined) return 0n;
  return BigInt(sub === "" ? lengthOf(within.part) + 1 : within.part.split(sub).length - 1);
}

const every = (pattern: RegExp) => (text: string) =>
  text !== "" && codePoints(text).every((char) => pattern.test(char));

const RANGE = ["sub", "start", "end"] as const;
const TEXT: Methods<string> = {
  upper: [[], (self) => self.toUpperCase()],
  lower: [[], (self) => self.toLowerCase()],
  casefold: [[], (self) => folded(self)],
  capitalize: [[], (self) => capitalized(self)],
  title: [[], (self) => titled(self)],
  swapcase: [[], (self) => swapped(self)],
  strip: [["chars"], (self, { chars }) => stripped(self, chars, "both")],
  lstrip: [["chars"], (self, { chars }) => stripped(self, chars, "left")],
  rstrip: [["chars"], (self, { chars }) => stripped(self, chars, "right")],
  split: [["sep", "maxsplit"], (self, { sep, maxsplit }) => split(self, sep, count(maxsplit), false)],
  rsplit: [["sep", "maxsplit"], (self, { sep, maxsplit }) => split(self, sep, count(maxsplit), true)],
  splitlines: [["keepends"], (self, { keepends }) => splitLines(self, keepends === true)],
  join: [["iterable"], (self, { iterable }) => {
    const parts = checkedList([...iterate(iterable ?? null)]).map((part) => asText(part, "sequence item"));
    return checkedText(parts.join(self));
  }],
  replace: [["old", "new", "count"], (self, given) => replaced(self, asText(given["old"], "old"), asText(given["new"], "new"), count(given["count"]))],
  startswith: [["prefix", "start", "end"], (self, given) => beginsOrEnds(self, given["prefix"], given, false)],
  endswith: [["suffix", "start", "end"], (self, given) => beginsOrEnds(self, given["suffix"], given, true)],
  find: [RANGE, (self, given) => BigInt(found(self, given["sub"], given, false))],
  rfind: [RANGE, (self, given) => BigInt(found(self, given["sub"], given, true))],
  index: [RANGE, (self, given) => required(found(self, given["sub"], given, false))],
  rindex: [RANGE, (self, given) => required(found(self, given["sub"], given, true))],
  count: [RANGE, (self, given) => counted(self, asText(given["sub"], "sub"), given)],
  partition: [["sep"], (self, { sep }) => {
    const mark = asText(sep, "sep");
    const at = self.indexOf(mark);
    return at < 0 ? new Tuple([self, "", ""]) : new Tuple([self.slice(0, at), mark, self.slice(at + mark.length)]);
  }],
  rpartition: [["sep"], (self, { sep }) => {
    const mark = asText(sep, "sep");
    const at = self.lastIndexOf(mark);
    return at < 0 ? new Tuple(["", "", self]) : new Tuple([self.slice(0, at), mark, self.slice(at + mark.length)]);
  }],
  removeprefix: [["prefix"], (self, { prefix }) => (self.startsWith(asText(prefix, "prefix")) ? self.slice(asText(prefix, "prefix").length) : self)],
  removesuffix: [["suffix"], (self, { suffix }) => {
    const end = asText(suffix, "suffix");
    return end !== "" && self.endsWith(end) ? self.slice(0, -end.length) : self;
  }],
  isdigit: [[], (self) => every(DIGIT)(self)],
  isdecimal: [[], (self) => every(/^\p{Nd}$/u)(self)],
  isnumeric: [[], (self) => every(NUMERIC)(self)],
  isalpha: [[], (self) => every(/^\p{L}$/u)(self)],
  isalnum: [[], (self) => every(/^[\p{L}\p{N}]$/u)(self)],
  isspace: [[], (self) => every(new RegExp(`^${SPACE}$`, "u"))(self)],
  isascii: [[], (self) => /^[\0-\x7f]*$/.test(self)],  
  islower: [[], (self) => isLower(self)],
  isupper: [[], (self) => isUpper(self)],
  istitle: [[], (self) => isTitle(self)],
  zfill: [["width"], (self, { width }) => padded(self, count(width), "=", "0")],
  center: [["width", "fillchar"], (self, { width, fillchar }) => centered(self, count(width), fillchar === undefined ? " " : asText(fillchar, "fillchar"))],
  ljust: [["width", "fillchar"], (self, { width, fillchar }) => padded(self, count(width), "<", fillchar === undefined ? " " : asText(fillchar, "fillchar"))],
  rjust: [["width", "fillchar"], (self, { width, fillchar }) => padded(self, count(width), ">", fillchar === undefined ? " " : asText(fillchar, "fillchar"))],
}; // prettier-ignore

/**
 * Centres a text as Python's str.center() does: of an odd number of fill characters the extra one is left where the
 * width is odd.
 */
export function centered(text: string, width: number, fill: string): string {
  const missing = width - lengthOf(text);
  if (missing <= 0) return text;
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return padded(padded(text, lengthOf(text) + left, ">", fill), width, "<", fill);
}

function required(index: number): bigint {
  if (index < 0) throw new TemplateError("substring not found");
  return BigInt(index);
}

const LIST: Methods<readonly Value[]> = {
  index: [["value"], (self, { value = null }) => {
    const at = self.findIndex((one) => equal(one, value));
    if (at < 0) throw new TemplateError(`${repr(value)} is not in list`);
    return BigInt(at);
  }],
  count: [["value"], (self, { value = null }) => BigInt(self.filter((one) => equal(one, value)).length)],
  copy: [[], (self) => [...self]],
}; // prettier-ignore

const DICT: Methods<Dict> = {
  get: [["key", "default"], (self, bound) => or(self.get(bound["key"] ?? null), bound["default"] ?? null)],
  keys: [[], (self) => new View("dict_keys", self.pairs().map(([key]) => key))],
  values: [[], (self) => new View("dict_values", self.pairs().map(([, value]) => value))],
  items: [[], (self) => new View("dict_items", self.pairs().map((pair) => new Tuple(pair)))],
  copy: [[], (self) => new Dict(self.pairs())],
}; // prettier-ignore

/** Matches the methods by which a value would be changed, which a sandbox does not have. */
const CHANGING = {
  list: /^(?:append|clear|pop|reverse|insert|sort|extend|remove)$/,
  dict: /^(?:clear|pop|popitem|setdefault|update)$/,
};

/** Lists what values of Python have beside what is defined here: such an attribute is refused, not undefined. */
const OTHERS: Readonly<Record<string, string>> = {
  str: "encode expandtabs isidentifier isprintable maketrans translate",
  int: "as_integer_ratio bit_count bit_length conjugate from_bytes is_integer to_bytes",
  float: "as_integer_ratio conjugate from_number fromhex hex",
  dict: "fromkeys",
  range: "count index",
  dict_keys: "isdisjoint mapping",
  dict_values: "mapping",
  dict_items: "isdisjoint mapping",
  generator: "close send throw",
};

function isOther(value: Value, name: string): boolean {
  const type = typeof value === "boolean" ? "int" : typeName(value);
  return (OTHERS[type] ?? "").split(" ").includes(name);
}

/** Reads an attribute of a number or a range; undefined where there is none of that name. */
function fieldOf(value: Value, name: string): Value | undefined {
  if (value instanceof Range) return name === "start" || name === "stop" || name === "step" ? value[name] : undefined;
  if (!isNumber(value)) return undefined;
  const number = typeof value === "number" ? value : BigInt(value);
  if (name === "real") return number;
  if (name === "imag") return typeof number === "number" ? 0 : 0n;
  if (typeof number === "number") return undefined;
  return name === "numerator" ? number : name === "denominator" ? 1n : undefined;
}

/**
 * Returns the attribute of a value; undefined where there is none of that name.
 * @throws TemplateError for an attribute that Python has and that is not supported
 */
export function memberOf(value: Value, name: string): Value | undefined {
  if (isOther(value, name)) throw new TemplateError(`the attribute "${name}" of a ${typeName(value)} is not supported`);
  const callable = <T>(self: T, methods: Methods<T>): Callable | undefined => {
    const known = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (known === undefined) return undefined;
    const [parameters, method] = known;
    return new Callable(name, (args, kwargs) =>
      method(self, parameters === "*" ? {} : bind(`${name}()`, parameters, args, kwargs), args),
    );
  };
  if (typeof value === "string") return callable(value, TEXT);
  const isList = Array.isArray(value);
  if ((isList && CHANGING.list.test(name)) || (value instanceof Dict && CHANGING.dict.test(name)))
    return new Undefined(`a template may not change a ${typeName(value)} (${name})`);
  if (isList) return callable(value, LIST);
  if (value instanceof Tuple) return name === "copy" ? undefined : callable(value.items, LIST);
  if (value instanceof Dict) return callable(value, DICT);
  if (typeof value === "number" && name === "is_integer") return new Callable(name, () => Number.isInteger(value));
  return fieldOf(value, name);
}

/** Rounds a number as Python's round() does. */
export function rounded(value: number, places: number): number {
  if (value === 0) return value; // toFixed loses the sign of a zero
  if (places >= 0) return Number(fixed(value, Math.min(places, 40)));
  const unit = 10 ** -places;
  return Number(fixed(value / unit, 0)) * unit;
}
