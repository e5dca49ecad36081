/** Compares values and reads elements and slices, as Python does. */

import {
  codePoints, compare, contains, Dict, equal, lengthOf, Range, TemplateError, toIndex, Tuple, typeName, Undefined, type Value,
} from "./values.js"; // prettier-ignore

export function compared(op: string, left: Value, right: Value): boolean {
  switch (op) {
    case "==":
      return equal(left, right);
    case "!=":
      return !equal(left, right);
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
    case "<":
      return compare(left, right, op) < 0;
    case "<=":
      return compare(left, right, op) <= 0;
    case ">":
      return compare(left, right, op) > 0;
    default:
      return compare(left, right, op) >= 0;
  }
}

export function missing(value: Value, key: Value): Undefined {
  const type = value === null ? "None" : `${typeName(value)} object`;
  return new Undefined(
    typeof key === "string"
      ? `'${type}' has no attribute '${key}'`
      : `${type} has no element ${typeof key === "object" ? typeName(key) : String(key)}`,
  );
}

export function elementOf(value: Value, key: Value): Value | undefined {
  if (value instanceof Dict)
    return typeof key === "object" && key !== null && !(key instanceof Tuple) ? undefined : value.get(key);
  if (typeof key !== "bigint" && typeof key !== "boolean") return undefined;
  const index = Number(key);
  if (value instanceof Range)
    return index >= -value.length && index < value.length
      ? value.at(index < 0 ? index + value.length : index)
      : undefined;
  return itemsOf(value)?.at(index);
}

/** Returns the items of a text, a list or a tuple; undefined for anything else. */
function itemsOf(value: Value): readonly Value[] | undefined {
  if (typeof value === "string") return codePoints(value);
  if (Array.isArray(value)) return value;
  return value instanceof Tuple ? value.items : undefined;
}

/** Returns the slice value[start:stop:step] as Python does. */
export function sliced(value: Value, bounds: readonly Value[]): Value {
  if (value instanceof Undefined) throw value.fail();
  const items = value instanceof Range ? [...value.values()] : itemsOf(value);
  if (items === undefined) throw new TemplateError(`a ${typeName(value)} has no slices`);
  const [start = null, stop = null, stepValue = null] = bounds;
  const step = stepValue === null ? 1 : toIndex(stepValue);
  if (step === 0) throw new TemplateError("slice step cannot be zero");
  const size = lengthOf(items as Value[]);
  const clamp = (bound: Value, fallback: number) => {
    if (bound === null) return fallback;
    const index = toIndex(bound);
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    return Math.max(low, Math.min(high, index < 0 ? index + size : index));
  };
  const [from, to] = [clamp(start, step > 0 ? 0 : size - 1), clamp(stop, step > 0 ? size : -1)];
  if (value instanceof Range) {
    const at = (index: number) => value.start + BigInt(index) * value.step;
    return new Range(at(from), at(to), value.step * BigInt(step));
  }
  const found: Value[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) found.push(items[i] as Value);
  if (typeof value === "string") return (found as string[]).join("");
  return Array.isArray(value) ? found : new Tuple(found);
}
