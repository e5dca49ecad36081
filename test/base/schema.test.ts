import { expect, expectTypeOf, it } from "vitest";

import * as s from "../../src/base/schema.js";
import { compileSchema, validated } from "../../src/base/validation.js";

const Point = s.named("point", s.object({ x: s.number(), label: s.optional(s.text("Its name.")) }, "A place."));
const Drawing = s.object({
  kind: s.constant("drawing"),
  colour: s.oneOf(["red", "green", null]),
  points: s.list(Point),
  origin: s.orNull(Point, "Null for none."),
  scale: s.orNull(s.scalar("Of the axes.")),
  extra: s.record(s.integer({ minimum: 0 })),
  tags: s.optional(s.oneOrMore(s.text({ minLength: 1 }), { minItems: 1 })),
});
const isDrawing = compileSchema<s.Of<typeof Drawing>>(s.published({ $id: "drawing@1", title: "A drawing" }, Drawing));
const drawing = { kind: "drawing", colour: null, points: [{ x: 1 }], origin: null, scale: "log", extra: { a: 1 } };

it("The type of a schema is that of the values that fit it", () => {
  expectTypeOf<s.Of<typeof Drawing>>().toEqualTypeOf<{
    readonly kind: "drawing";
    readonly colour: "red" | "green" | null;
    readonly points: readonly { readonly x: number; readonly label?: string }[];
    readonly origin: { readonly x: number; readonly label?: string } | null;
    readonly scale: string | number | null;
    readonly extra: Readonly<Record<string, number>>;
    readonly tags?: string | readonly string[];
  }>();
});

it("A published schema lists what it refers to once, with its description", () => {
  const { $defs, properties } = s.published({ $id: "a", title: "b" }, Drawing) as Record<
    string,
    Record<string, unknown>
  >;
  expect(Object.keys($defs ?? {})).toEqual(["point"]);
  expect($defs?.["point"]).toMatchObject({ description: "A place.", required: ["x"], additionalProperties: false });
  expect(properties?.["scale"]).toEqual({ type: ["string", "number", "null"], description: "Of the axes." });
  expect(properties?.["origin"]).toMatchObject({ description: "Null for none." });
});

it.each([
  [{ ...drawing, colour: "gren" }, 'colour is "gren"; did you mean "green"?'],
  [{ ...drawing, points: [{ x: "1" }] }, 'points.0.x must be number, not the string "1"'],
  [{ ...drawing, points: [{ x: 1, lable: "a" }] }, 'unknown key "lable" in points.0; did you mean "label"?'],
  [{ ...drawing, kind: "picture" }, 'kind must be "drawing"'],
  [{ ...drawing, origin: { y: 1, x: 2 } }, 'unknown key "y" in origin'],
  [{ ...drawing, scale: true }, "scale must be string or number or null, not boolean"],
  [{ ...drawing, extra: { a: -1 } }, "extra.a must be >= 0"],
  [{ ...drawing, tags: 1 }, "tags must be string or array, not number"],
  [{ ...drawing, tags: "" }, "tags must NOT have fewer than 1 characters"],
  [{ ...drawing, tags: ["a", 1] }, "tags.1 must be string, not number"],
  [{ ...drawing, tags: [] }, "tags must NOT have fewer than 1 items"],
])("A value that does not fit is refused with the place and what would fit: %j", (value, message) => {
  expect(() => validated(isDrawing, value, "file")).toThrow(message);
});

it.each(["a", ["a"], ["a", "b"]])("One or more values may be written alone or as a list: %j", (tags) => {
  expect(isDrawing({ ...drawing, tags })).toBe(true);
});

it("A value that fits is returned as it is", () => {
  expect(validated(isDrawing, drawing, "file")).toBe(drawing);
});
