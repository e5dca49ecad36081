import { describe, expect, test } from "vitest";
import { axisComponents } from "../../src/statistics/axis-components.js";
import { randomStream } from "../../src/base/random.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };

const [design] = golden.axes;
if (!design) throw new Error("no golden design");
const stream = () => randomStream("axes");

/** Moments whose means carry noise of the given covariance: one item, so that covariance / items is itself. */
const moments = (means: readonly number[], noise = new Float64Array(means.length ** 2)) => ({
  prompts: means.length,
  items: 1,
  means: Float64Array.from(means),
  covariance: noise,
});
const axis = (name: string, position: number, rows = design.rows) => ({
  name,
  levels: rows.map((row) => row[position] as number),
});
const abc = [axis("a", 0), axis("b", 1), axis("c", 2)];
const variances = ({ terms }: ReturnType<typeof axisComponents>) =>
  Object.fromEntries(terms.map(({ term, variance }) => [term, variance]));

describe(`mean squares of statsmodels ${golden.versions.statsmodels}`, () => {
  test("the components of a crossed 6 x 2 x 2 design are those of the reference", () => {
    const actual = axisComponents(moments(design.means), abc, stream());
    expect(actual.balanced).toBe(true);
    expect(actual.notEstimable).toEqual([]);
    const found = variances(actual);
    expect(Object.keys(found)).toEqual(["a", "b", "c", "a x b", "a x c", "b x c", "rest"]);
    for (const [term, value] of Object.entries(design.components)) expect(found[term]).toBeCloseTo(value, 12);
  });

  test("five missing cells and noise with a covariance of its own are allowed for", () => {
    const rows = design.kept.map((p) => design.rows[p] as number[]);
    const means = design.kept.map((p) => design.means[p] as number);
    const axes = [axis("a", 0, rows), axis("b", 1, rows)];
    const actual = axisComponents(moments(means, Float64Array.from(design.noise)), axes, stream());
    expect(actual.balanced).toBe(false);
    actual.terms.forEach(({ variance, levelInterval }, k) => {
      expect(variance).toBeCloseTo(design.unbalanced[k] as number, 10);
      expect(levelInterval).toBeNull();
    });
  });
});

test("the order of prompts does not matter", () => {
  const order = Array.from({ length: 24 }, (_, p) => (7 * p) % 24);
  const shuffled = axisComponents(
    moments(order.map((p) => design.means[p] as number)),
    abc.map(({ name, levels }) => ({ name, levels: order.map((p) => levels[p] as number) })),
    stream(),
  );
  const expected = variances(axisComponents(moments(design.means), abc, stream()));
  for (const [term, value] of Object.entries(variances(shuffled)))
    expect(value).toBeCloseTo(expected[term] as number, 12);
});

test("shares sum to 1, estimates lie in their item intervals, less noise makes these shorter", () => {
  const noise = (size: number) => Float64Array.from({ length: 576 }, (_, at) => (at % 25 === 0 ? size : 0));
  const [rough, fine] = [1e-3, 1e-5].map((size) => axisComponents(moments(design.means, noise(size)), abc, stream()));
  if (!rough || !fine) throw new Error("two analyses were made");
  expect(fine.terms.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  fine.terms.forEach(({ variance, itemInterval }, k) => {
    expect(itemInterval.low).toBeLessThanOrEqual(variance);
    expect(itemInterval.high).toBeGreaterThanOrEqual(variance);
    const before = rough.terms[k]?.itemInterval;
    expect(itemInterval.high - itemInterval.low).toBeLessThan((before?.high ?? NaN) - (before?.low ?? NaN));
  });
});

describe("what a design cannot tell", () => {
  test("an axis with one level has no component", () => {
    const actual = axisComponents(
      moments(design.means),
      [axis("a", 0), { name: "seed", levels: design.rows.map(() => 1) }],
      stream(),
    );
    expect(actual.notEstimable).toContainEqual({ term: "seed", why: "it has one level" });
    expect(actual.terms.map(({ term }) => term)).toEqual(["a", "rest"]);
  });

  test("two axes that vary together share one component under both names", () => {
    const twin = { name: "twin", levels: design.rows.map((row) => `level ${row[1]}`) };
    const actual = axisComponents(moments(design.means), [axis("a", 0), axis("b", 1), twin], stream());
    expect(actual.terms.map(({ term }) => term)).toEqual(["a", "b or twin", "a x b or a x twin", "rest"]);
    expect(actual.notEstimable).toContainEqual({ term: "twin", why: "it cannot be separated from b" });
    expect(actual.notEstimable).toContainEqual({ term: "b", why: "it cannot be separated from twin" });
    expect(actual.notEstimable.map(({ term }) => term)).toContain("b x twin");
  });

  test("an axis that names every prompt is the rest", () => {
    const every = { name: "variant", levels: design.rows.map((_, p) => p) };
    const actual = axisComponents(moments(design.means), [every], stream());
    expect(actual.terms.map(({ term }) => term)).toEqual(["variant"]);
    expect(actual.notEstimable).toEqual([{ term: "rest", why: "it cannot be separated from variant" }]);
  });

  test("an axis for other prompts is refused", () => {
    expect(() => axisComponents(moments([1, 2]), [axis("a", 0)], stream())).toThrow(
      /"a" has levels for 24 prompts of 2/,
    );
  });
});
