/** Describes what the gradient rule of an op is given, and what it does. */

import type { Tape, TapeNode } from "./tape.js";

/** Holds what a rule works with. */
export interface NodeGradient {
  readonly g: Tape;
  readonly node: TapeNode;
  /** Gradient of the node's first output; rules of ops with several differentiable outputs use {@link gradientOf}. */
  readonly gradient: string;
  /** Gradient of the i-th output, undefined where nothing depends on it. */
  readonly gradientOf: (output: number) => string | undefined;
  /** True where the gradient of the i-th input is wanted. */
  readonly wants: (input: number) => boolean;
  /** Adds to the gradient of the i-th input. */
  readonly add: (input: number, gradient: string) => void;
  /** The gradient so far of the i-th input, to be added to by the rule itself, which then {@link replace}s it. */
  readonly sofar: (input: number) => string | undefined;
  readonly replace: (input: number, gradient: string) => void;
}

/** Adds the gradient of an op's inputs to the graph. */
export type Rule = (at: NodeGradient) => void;
