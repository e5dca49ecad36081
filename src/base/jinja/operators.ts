/** Computes Python's arithmetic. */

import { percentFormat } from "./text.js";
import { checkedList, checkedText, isNumber, TemplateError, Tuple, typeName, Undefined, type Value } from "./values.js";

/** Limits the bits of a power. */
const MOST_BITS = 4096;

export function add(a: Value, b: Value): Value {
  if (isNumber(a) && isNumber(b))
    return numeric(
      a,
      b,
      (x, y) => x + y,
      (x, y) => x + y,
    );
  if (typeof a === "string" && typeof b === "string") return checkedText(a + b);
  if (Array.isArray(a) && Array.isArray(b)) return checkedList([...a, ...b]);
  if (a instanceof Tuple && b instanceof Tuple) return new Tuple(checkedList([...a.items, ...b.items]));
  throw unsupported("+", a, b);
}

function numeric(
  a: boolean | bigint | number,
  b: boolean | bigint | number,
  whole: (x: bigint, y: bigint) => bigint,
  real: (x: number, y: number) => number,
): Value {
  if (typeof a === "number" || typeof b === "number") return real(Number(a), Number(b));
  return whole(BigInt(a), BigInt(b));
}

function unsupported(op: string, a: Value, b: Value): TemplateError {
  for (const one of [a, b]) if (one instanceof Undefined) return one.fail();
  return new TemplateError(`unsupported operand type(s) for ${op}: '${typeName(a)}' and '${typeName(b)}'`);
}

function floorDivide(x: bigint, y: bigint): bigint {
  const quotient = x / y;
  return x % y !== 0n && x < 0n !== y < 0n ? quotient - 1n : quotient;
}

function floorModulo(x: number, y: number): number {
  const rest = x % y;
  // Python gives a zero the sign of the divisor.
  if (rest === 0) return y < 0 ? -0 : 0;
  return rest < 0 !== y < 0 ? rest + y : rest;
}

function repeated(value: Value, times: Value): Value | undefined {
  if (typeof times !== "bigint" && typeof times !== "boolean") return undefined;
  const count = Math.max(0, Number(times));
  if (typeof value === "string") {
    if (value.length * count > 1 << 24) throw new TemplateError("it makes a text that is too long");
    return value.repeat(count);
  }
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined;
  if (items === undefined) return undefined;
  if (items.length * count > 1 << 20) throw new TemplateError("it makes a list that is too long");
  const all = Array.from({ length: count }, () => items).flat();
  return Array.isArray(value) ? all : new Tuple(all);
}

/** Computes one of + - * / // % **. @throws TemplateError as Python does */
export function arithmetic(op: string, a: Value, b: Value): Value {
  if (op === "+") return add(a, b);
  if (op === "*") {
    const copies = repeated(a, b) ?? repeated(b, a);
    if (copies !== undefined && !(isNumber(a) && isNumber(b))) return copies;
  }
  if (op === "%" && typeof a === "string") return checkedText(percentFormat(a, b));
  if (!isNumber(a) || !isNumber(b)) throw unsupported(op, a, b);
  if ("/%".includes(op[0] as string) && Number(b) === 0) throw new TemplateError("division by zero");
  switch (op) {
    case "-":
      return numeric(a, b, (x, y) => x - y, (x, y) => x - y);
    case "*":
      return numeric(a, b, (x, y) => x * y, (x, y) => x * y);
    case "/":
      return Number(a) / Number(b);
    case "//":
      return numeric(a, b, floorDivide, (x, y) => Math.floor(x / y));
    case "%":
      return numeric(a, b, (x, y) => x - floorDivide(x, y) * y, floorModulo);
    default:
      return power(a, b);
  }
} // prettier-ignore

function power(a: boolean | bigint | number, b: boolean | bigint | number): Value {
  if (typeof a === "number" || typeof b === "number" || BigInt(b) < 0n) {
    if (Number(a) < 0 && !Number.isInteger(Number(b))) throw new TemplateError("complex numbers are not supported");
    return Number(a) ** Number(b);
  }
  const [base, exponent] = [BigInt(a), BigInt(b)];
  if (base !== 0n && base !== 1n && base !== -1n && exponent * BigInt(base.toString(2).length) > MOST_BITS)
    throw new TemplateError("a power is too large");
  return base ** exponent;
}

export function negated(value: Value): Value {
  if (value instanceof Undefined) throw value.fail();
  if (!isNumber(value)) throw new TemplateError(`bad operand type for unary -: '${typeName(value)}'`);
  return typeof value === "number" ? -value : -BigInt(value);
}
