import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Columns, ColumnType, Labels } from "../../src/datasets/description.js";
import { checkRows } from "../../src/datasets/rows.js";

const check = (columns: Columns, rows: Record<string, unknown>[], labels?: Labels) =>
  checkRows({ columns, ...(labels && { labels }) }, rows, "file.jsonl");

describe("columns", () => {
  test("that are not described are dropped", () => {
    expect(check({ a: "string" }, [{ a: "x", b: 1 }])).toEqual([{ a: "x" }]);
    expect(check({ s: { t: "string[]" } }, [{ s: { t: ["x"], u: 1 } }])).toEqual([{ s: { t: ["x"] } }]);
  });

  test("that are missing are named with the nearest one", () => {
    expect(() => check({ question: "string" }, [{ question: "x" }, { Question: "x" }])).toThrow(
      'file.jsonl: row 2 has no column "question"; did you mean "Question"?',
    );
    expect(() => check({ s: { text: "string" } }, [{ s: { texts: "x" } }])).toThrow(
      'file.jsonl: row 1 has no column "s.text"; did you mean "texts"?',
    );
    expect(() => check(Object.fromEntries<ColumnType>([["toString", "string"]]), [{ a: 1 }])).toThrow(
      'has no column "toString"',
    );
  });

  test.each([
    ["string", 3, "expected a string, found the number 3"],
    ["string", null, "expected a string, found null"],
    ["int", "3", 'expected an integer of at most 53 bits, found the string "3"'],
    ["int", 0.5, "expected an integer of at most 53 bits, found the number 0.5"],
    ["int", 2n ** 60n, "expected an integer of at most 53 bits, found the bigint 1152921504606846976"],
    ["float", Number.NaN, "expected a finite number, found the number NaN"],
    ["float", true, "expected a finite number, found the boolean true"],
    ["bool", 1, "expected true or false, found the number 1"],
    ["bool", "true", 'expected true or false, found the string "true"'],
    ["string[]", "x", 'expected a list of strings, found the string "x"'],
    ["string[]", ["x", 2], "expected a string as item 2 of the list, found the number 2"],
    ["string[]", {}, "expected a list of strings, found an object"],
    [{ t: "string" }, ["x"], "expected an object, found a list"],
    [{ t: "string" }, { t: 1 }, "column c.t: expected a string, found the number 1"],
  ] as [ColumnType, unknown, string][])("%s refuses a value (case %#)", (type, value, message) => {
    expect(() => check({ c: type }, [{ c: value }])).toThrow(message);
    expect(() => check({ c: type }, [{ c: value }])).toThrow("file.jsonl: row 1, column c");
  });

  test("integers may be BigInt, and floats may be whole", () => {
    expect(check({ i: "int", f: "float" }, [{ i: 7n, f: 7n }])).toEqual([{ i: 7, f: 7 }]);
    expect(check({ i: "int", f: "float" }, [{ i: 7.0, f: 7 }])).toEqual([{ i: 7, f: 7 }]);
  });
});

describe("labels", () => {
  const labels: Labels = { column: "label", values: [0, 1, 2] };
  const rows = (...values: number[]) => values.map((label) => ({ label }));

  test("outside the allowed ones are refused", () => {
    expect(check({ label: "int" }, rows(0, 1, 2), labels)).toHaveLength(3);
    expect(() => check({ label: "int" }, rows(0, 1, -1, -1), labels)).toThrow(
      "file.jsonl: row 3, column label: -1 is not one of 0, 1, 2 (a hidden label?); correct or remove the row",
    );
    const range: Labels = { column: "label", range: [0, 5] };
    expect(check({ label: "float" }, rows(0, 5, 2.5), range)).toHaveLength(3);
    expect(() => check({ label: "float" }, rows(0, 5.1), range)).toThrow("row 2, column label: 5.1 is not from 0 to 5");
  });

  test("hidden in all rows mean an unlabelled split", () => {
    expect(() => check({ label: "int" }, rows(-1, -1, -1), labels)).toThrow(
      "file.jsonl: row 1, column label: -1 is a hidden label, as in all 3 rows; this split is unlabelled, use another",
    );
  });

  test("of another type are not allowed values", () => {
    expect(() =>
      check({ label: "string" }, [{ label: "1" }, { label: "" }], { column: "label", values: ["1"] }),
    ).toThrow('row 2, column label: "" is not one of 1');
  });
});

test("property: rows that fit come back as they were, whatever else is in them", () => {
  const columns: Columns = {
    s: "string",
    i: "int",
    f: "float",
    b: "bool",
    l: "string[]",
    o: { t: "string[]", n: "int" },
  };
  const row = fc.record({
    s: fc.string({ unit: "binary" }),
    i: fc.maxSafeInteger(),
    f: fc.double({ noNaN: true, noDefaultInfinity: true }),
    b: fc.boolean(),
    l: fc.array(fc.string()),
    o: fc.record({ t: fc.array(fc.string()), n: fc.maxSafeInteger() }),
  });
  const more = fc.dictionary(fc.string({ minLength: 2 }), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(fc.tuple(row, more)), (pairs) => {
      const given = pairs.map(([fitting, extra]) => ({ ...extra, ...fitting, i: BigInt(fitting.i) }));
      expect(check(columns, given)).toEqual(pairs.map(([fitting]) => fitting));
    }),
  );
});

type Scalar = Extract<ColumnType, string>;

test("property: a value of the wrong type is always refused, with its row and column", () => {
  const wrong: fc.Arbitrary<[Scalar, unknown]> = fc.oneof(
    fc.tuple(fc.constantFrom<Scalar[]>("int", "float", "bool", "string[]"), fc.string()),
    fc.tuple(fc.constantFrom<Scalar[]>("string", "bool", "string[]"), fc.double()),
    fc.tuple(fc.constantFrom<Scalar[]>("string", "int", "float", "string[]"), fc.boolean()),
    fc.tuple(
      fc.constantFrom<Scalar[]>("string", "int", "float", "bool", "string[]"),
      fc.constantFrom(null, undefined, {}),
    ),
  );
  fc.assert(
    fc.property(wrong, fc.nat(5), ([type, value], before) => {
      const good = { string: "", int: 0, float: 0, bool: true, "string[]": [] }[type];
      const rows = [...Array.from({ length: before }, () => ({ c: good })), { c: value }];
      expect(() => check({ c: type }, rows)).toThrow(`row ${before + 1}, column c: expected `);
    }),
  );
});
