/**
 * Differentiates the nodes of a graph in reverse mode: each op's rule says what the gradient of its outputs
 * means for its inputs (Griewank & Walther, Evaluating Derivatives, 2nd ed., 2008, chapter 3).
 */

import type { Rule } from "./rule.js";
import { RULES } from "./rules.js";
import type { Tape, TapeNode } from "./tape.js";

/** Lists ops whose outputs are integers or constants, which have no gradient. */
const NOT_DIFFERENTIABLE = new Set(["Shape", "ConstantOfShape", "Equal", "LessOrEqual", "NonZero"]);

/**
 * Adds the nodes that compute gradients.
 * @param forward the nodes between parameters and seeded values, in an order in which they can be computed
 * @param seeds gradient of the loss with respect to some values of the graph
 * @param parameters names of the values whose gradients are wanted
 * @returns name of the gradient of each parameter that the seeded values depend on
 * @throws TypeError naming an op that has no rule, when a parameter's gradient passes through it
 */
export function differentiate(
  g: Tape,
  forward: readonly TapeNode[],
  seeds: ReadonlyMap<string, string>,
  parameters: Iterable<string>,
): Map<string, string> {
  const wanted = new Set(parameters);
  const names = [...wanted];
  for (const { type, inputs, outputs } of forward) {
    if (NOT_DIFFERENTIABLE.has(type) || !inputs.some((input) => wanted.has(input))) continue;
    if (RULES[type] === undefined) throw new TypeError(`no gradient rule for the op ${type}`);
    for (const output of outputs) wanted.add(output);
  }
  const gradients = new Map(seeds);
  for (const node of forward.toReversed()) {
    const { type, inputs, outputs } = node;
    const gradientOf = (output: number) => gradients.get(outputs[output] as string);
    const gradient = outputs.map((_, i) => gradientOf(i)).find((name) => name !== undefined);
    if (gradient === undefined || !inputs.some((input) => wanted.has(input))) continue;
    const nameOf = (input: number) => inputs[input] as string;
    const sofar = (input: number) => gradients.get(nameOf(input));
    const replace = (input: number, name: string) => gradients.set(nameOf(input), name);
    (RULES[type] as Rule)({
      g,
      node,
      gradient,
      gradientOf,
      wants: (input) => input < inputs.length && wanted.has(nameOf(input)),
      sofar,
      replace,
      add: (input, name) => {
        const before = sofar(input);
        replace(input, before === undefined ? name : g.op("Add", [before, name]));
      },
    });
  }
  return new Map(names.flatMap((name) => (gradients.has(name) ? [[name, gradients.get(name) as string]] : [])));
}
