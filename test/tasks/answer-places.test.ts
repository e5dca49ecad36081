import fc from "fast-check";
import { expect, test } from "vitest";
import { loadRows } from "../../src/datasets/index.js";
import { favouredPlace, favouredPlaceNote } from "../../src/tasks/answer-places.js";
import { checkExample } from "../../src/tasks/example.js";
import { inDrawnOrder } from "../../src/tasks/helpers.js";
import { builtinRegistry } from "../../src/tasks/registry.js";

const example = (gold: number, choices = 4) => ({
  fields: {},
  choices: Array.from({ length: choices }, (_, i) => `choice ${i}`),
  gold,
});

test("a right choice that is always last is found", () => {
  const found = favouredPlace(Array.from({ length: 20 }, () => example(3)));
  expect(found).toEqual({ place: 4, hits: 20, rows: 20, choices: 4 });
  expect(favouredPlaceNote("quiz", found as NonNullable<typeof found>)).toContain(
    "quiz: the right choice stands at place 4 of 4 in 20 of 20 rows",
  );
});

test("balanced places, and too few rows to tell, are not complained of", () => {
  expect(favouredPlace(Array.from({ length: 400 }, (_, i) => example(i % 4)))).toBeUndefined();
  expect(favouredPlace([example(0), example(0), example(0)])).toBeUndefined();
  expect(favouredPlace([{ fields: {}, gold: 1 }])).toBeUndefined();
  expect(favouredPlace([])).toBeUndefined();
});

test("rows of two and of four choices are each held against their own chance", () => {
  const mixed = Array.from({ length: 200 }, (_, i) =>
    example(Math.floor(i / 2) % (i % 2 === 0 ? 2 : 4), i % 2 === 0 ? 2 : 4),
  );
  expect(favouredPlace(mixed)).toBeUndefined();
});

test("property: a drawn order keeps the choices and the right one, and is the same each time", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 6 }),
      fc.nat(5),
      (text, choices, at) => {
        const gold = at % choices.length;
        const drawn = inDrawnOrder(text, choices, gold);
        expect([...drawn.choices].sort()).toEqual([...choices].sort());
        expect(drawn.choices[drawn.gold]).toBe(choices[gold]);
        expect(inDrawnOrder(text, choices, gold)).toEqual(drawn);
      },
    ),
  );
});

const withChoices = builtinRegistry()
  .all()
  .filter(({ answer }) => answer.kind === "multiple-choice");

test.each(withChoices.map((task) => [task.name, task] as const))(
  "the right choices of %s have no place of their own",
  async (_, task) => {
    for (const kind of ["sample", "builtin"] as const) {
      const loaded = await loadRows(task.name, task.dataset, { kind });
      if ("skipped" in loaded) continue;
      expect(favouredPlace(loaded.evalRows.map((row) => checkExample(task, task.toExample(row))))).toBeUndefined();
    }
  },
);
