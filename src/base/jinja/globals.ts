/** Defines the functions that every template knows. */

import { bind } from "./methods.js";
import { str } from "./text.js";
import {
  Attributes, Callable, Dict, iterate, Range, TemplateError, toIndex, Tuple, Undefined, type Named, type Value,
} from "./values.js"; // prettier-ignore

/** Limits the length of a range, as Jinja's sandbox does. */
const LONGEST_RANGE = 100_000;

function range(args: readonly Value[]): Value {
  const [first, second, third] = args.map((value) => BigInt(toIndex(value)));
  if (first === undefined || args.length > 3) throw new TemplateError("range() takes one to three numbers");
  const step = third ?? 1n;
  if (step === 0n) throw new TemplateError("range() arg 3 must not be zero");
  const found = second === undefined ? new Range(0n, first, step) : new Range(first, second, step);
  if (found.length > LONGEST_RANGE)
    throw new TemplateError(`a range of ${found.length} is larger than ${LONGEST_RANGE}`);
  return found;
}

/** Makes a dict as Python's dict() does. */
function dict(args: readonly Value[], kwargs: Named): Dict {
  const result = new Dict();
  const [given] = args;
  if (given instanceof Dict) for (const [key, value] of given.pairs()) result.set(key, value);
  else if (given !== undefined) {
    for (const pair of iterate(given)) {
      const [key, value, ...more] = iterate(pair);
      if (key === undefined || value === undefined || more.length > 0)
        throw new TemplateError("dict() needs pairs of a key and a value");
      result.set(key, value);
    }
  }
  for (const [name, value] of kwargs) result.set(name, value);
  return result;
}

function namespace(args: readonly Value[], kwargs: Named): Value {
  const values = new Map<string, Value>();
  const assign = (name: string, value: Value) => {
    if (name.startsWith("_")) throw new TemplateError(`a namespace cannot hold "${name}"`);
    values.set(name, value);
  };
  for (const [key, value] of dict(args, kwargs).pairs()) assign(str(key), value);
  return new Attributes("Namespace", (name) => values.get(name), assign);
}

function joiner(args: readonly Value[], kwargs: Named): Value {
  const { sep = ", " } = bind("joiner()", ["sep"], args, kwargs);
  let used = false;
  return new Attributes("Joiner", (name) => (name === "sep" ? sep : name === "used" ? used : undefined), undefined, () => {
    if (used) return sep;
    used = true;
    return "";
  }); // prettier-ignore
}

function cycler(items: readonly Value[]): Value {
  if (items.length === 0) throw new TemplateError("at least one item has to be provided");
  let at = 0;
  const current = () => items[at] as Value;
  return new Attributes("Cycler", (name) => {
    if (name === "current") return current();
    if (name === "items") return new Tuple(items);
    if (name === "pos") return BigInt(at);
    if (name === "reset") return new Callable(name, () => ((at = 0), null));
    if (name !== "next") return undefined;
    return new Callable(name, () => {
      const value = current();
      at = (at + 1) % items.length;
      return value;
    });
  });
}

export const GLOBALS: Readonly<Record<string, Value>> = {
  range: new Callable("range", (args, kwargs) => {
    if (kwargs.size > 0) throw new TemplateError("range() takes no keyword arguments");
    return range(args);
  }),
  dict: new Callable("dict", dict),
  namespace: new Callable("namespace", namespace),
  joiner: new Callable("joiner", joiner),
  cycler: new Callable("cycler", (args) => cycler(args)),
  lipsum: new Callable("lipsum", () => {
    throw new TemplateError("lipsum() is not supported: it draws words at random");
  }),
  self: new Attributes("TemplateReference", (name) => {
    throw new TemplateError(`blocks are not supported as self.${name}`);
  }),
};

/** Returns a JSON value as a template sees it: whole numbers are ints. */
export function fromJson(value: unknown): Value {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (value === undefined) return new Undefined("a value is not given");
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === "object")
    return new Dict(Object.entries(value).map(([key, one]) => [key, fromJson(one)] as const));
  throw new TemplateError(`a ${typeof value} cannot be given to a template`);
}
