/** Defines Jinja's tests: what stands after `is`. */

import { isLower, isUpper } from "./letters.js";
import { arithmetic } from "./operators.js";
import { str } from "./text.js";
import {
  Attributes, Callable, compare, contains, Dict, equal, isIterable, isNumber, Lazy, Markup, TemplateError, Undefined, type Value,
} from "./values.js"; // prettier-ignore

type Test = (value: Value, other: Value) => boolean;
/** Holds a test and whether it takes an argument. */
type Known = readonly [takes: 0 | 1, Test];

const EQUAL: Known = [1, (value, other) => equal(value, other)];
const UNEQUAL: Known = [1, (value, other) => !equal(value, other)];
const ABOVE: Known = [1, (value, other) => compare(value, other, ">") > 0];
const BELOW: Known = [1, (value, other) => compare(value, other, "<") < 0];
const AT_LEAST: Known = [1, (value, other) => compare(value, other, ">=") >= 0];
const AT_MOST: Known = [1, (value, other) => compare(value, other, "<=") <= 0];

export const TESTS: Readonly<Record<string, Known>> = {
  odd: [0, (value) => equal(arithmetic("%", value, 2n), 1n)],
  even: [0, (value) => equal(arithmetic("%", value, 2n), 0n)],
  divisibleby: [1, (value, other) => equal(arithmetic("%", value, other), 0n)],
  defined: [0, (value) => !(value instanceof Undefined)],
  undefined: [0, (value) => value instanceof Undefined],
  none: [0, (value) => value === null],
  boolean: [0, (value) => typeof value === "boolean"],
  false: [0, (value) => value === false],
  true: [0, (value) => value === true],
  integer: [0, (value) => typeof value === "bigint"],
  float: [0, (value) => typeof value === "number"],
  lower: [0, (value) => isLower(str(value))],
  upper: [0, (value) => isUpper(str(value))],
  string: [0, (value) => typeof value === "string" || value instanceof Markup],
  mapping: [0, (value) => value instanceof Dict],
  number: [0, (value) => isNumber(value)],
  sequence: [0, (value) => isIterable(value) && !(value instanceof Lazy) && !viewed(value)],
  // Python takes an object for iterable that gives its elements by index, as these do.
  iterable: [0, (value) => isIterable(value) || (value instanceof Attributes && /^(?:LoopContext|TemplateReference)$/.test(value.typeName))],
  callable: [0, (value) => value instanceof Callable || value instanceof Undefined || (value instanceof Attributes && value.call !== undefined)],
  sameas: [1, (value, other) => value === other],
  escaped: [0, (value) => value instanceof Markup],
  in: [1, (value, other) => contains(other, value)],
  eq: EQUAL, "==": EQUAL, equalto: EQUAL, ne: UNEQUAL, "!=": UNEQUAL,
  gt: ABOVE, ">": ABOVE, greaterthan: ABOVE, lt: BELOW, "<": BELOW, lessthan: BELOW,
  ge: AT_LEAST, ">=": AT_LEAST, le: AT_MOST, "<=": AT_MOST,
}; // prettier-ignore

/** Tells whether a value is a view of a dict, which has no index. */
function viewed(value: Value): boolean {
  return typeof value === "object" && value !== null && "name" in value;
}

/** @throws TemplateError for a test that Jinja does not have */
export function runTest(name: string, value: Value, args: readonly Value[]): boolean {
  const known = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (known === undefined) throw new TemplateError(`no test is named "${name}"`);
  const [takes, test] = known;
  if (args.length !== takes) throw new TemplateError(`the test "${name}" takes ${takes} arguments, not ${args.length}`);
  return test(value, args[0] ?? null);
}
