import { describe, expect, test } from "vitest";
import { UsageError, UserError } from "../../src/base/errors.js";
import { compileSchema, validated } from "../../src/base/validation.js";

const guard = compileSchema<object>({
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: {
    name: { type: "string", minLength: 1 },
    size: { type: ["integer", "null"], minimum: 0 },
    colour: { enum: ["red", "green"] },
    version: { const: 2 },
    parts: {
      type: "array",
      items: { type: "object", additionalProperties: false, properties: { kind: { enum: ["a"] } } },
    },
    either: { oneOf: [{ type: "string" }, { type: "object", required: ["x"], properties: { x: { type: "string" } } }] },
  },
});
const check = (value: unknown) => validated(guard, value, "kite.json");

test("a value that fits comes back as it is", () => {
  const value = { name: "x", size: null, parts: [{ kind: "a" }] };
  expect(check(value)).toBe(value);
});

describe("a failure names the field and what is wrong", () => {
  test.each([
    [{}, 'kite.json: missing key "name"'],
    [{ name: "" }, "kite.json: name must NOT have fewer than 1 characters"],
    [{ name: "x", nmae: "y" }, 'kite.json: unknown key "nmae"; did you mean "name"?'],
    [{ name: "x", size: "3" }, 'kite.json: size must be integer or null, not the string "3"'],
    [{ name: "x", size: -1 }, "kite.json: size must be >= 0"],
    [{ name: "x", size: [] }, "kite.json: size must be integer or null, not array"],
    [{ name: "x", colour: "gren" }, 'kite.json: colour is "gren"; did you mean "green"?'],
    [{ name: "x", version: 1 }, "kite.json: version must be 2"],
    [{ name: "x", parts: [{}, { kind: "b" }] }, 'kite.json: parts.1.kind is "b"; known: a'],
    [{ name: "x", parts: [{ knd: "a" }] }, 'kite.json: unknown key "knd" in parts.0; did you mean "kind"?'],
    // Of two branches, the one that was meant.
    [
      { name: "x", either: { x: 1 } },
      "kite.json: either.x must be string, not number; either must be string, not object",
    ],
    [null, "kite.json: the value must be object, not null"],
    [[1], "kite.json: the value must be object, not array"],
  ])("%j", (value, message) => {
    expect(() => check(value)).toThrow(UserError);
    expect(() => check(value)).toThrow(new UserError(message));
  });

  test("and not everything at once", () => {
    const value = { name: 1, size: "a", colour: "b", version: 3, more: 1 };
    expect(() => check(value)).toThrow(/^kite\.json: [^;]+; [^;]+; [^;]+(; known: [^;]+)?$/);
  });
});

test("the caller chooses the error", () => {
  expect(() => validated(guard, 3, "--config x", (message) => new UsageError(message))).toThrow(UsageError);
});
