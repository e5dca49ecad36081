/** Describes the parts of a parsed template. */

import type { Value } from "./values.js";

export interface Arguments {
  readonly args: readonly Expression[];
  readonly kwargs: readonly (readonly [string, Expression])[];
  readonly spread: Expression | undefined;
  readonly spreadNamed: Expression | undefined;
}

export type Expression =
  | { readonly kind: "constant"; readonly value: Value }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list" | "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "if"; readonly test: Expression; readonly yes: Expression; readonly no: Expression | undefined }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not" | "negative" | "positive"; readonly value: Expression }
  | { readonly kind: "compare"; readonly first: Expression; readonly rest: readonly (readonly [string, Expression])[] }
  | { readonly kind: "binary"; readonly op: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "concat"; readonly items: readonly Expression[] }
  | { readonly kind: "attribute"; readonly object: Expression; readonly name: string }
  | { readonly kind: "item"; readonly object: Expression; readonly index: Expression }
  | { readonly kind: "slice"; readonly object: Expression; readonly bounds: readonly (Expression | undefined)[] }
  | { readonly kind: "call"; readonly callee: Expression; readonly given: Arguments }
  | { readonly kind: "filter"; readonly name: string; readonly value: Expression; readonly given: Arguments }
  | { readonly kind: "test"; readonly name: string; readonly value: Expression; readonly given: Arguments };

export type Target =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "namespace"; readonly name: string; readonly attribute: string }
  | { readonly kind: "tuple"; readonly items: readonly Target[] };

/** Describes a filter behind a block, as in {% set x | upper %}. */
export interface BlockFilter {
  readonly name: string;
  readonly given: Arguments;
}

export interface MacroHead {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly fallback: Expression | undefined }[];
  readonly body: readonly Statement[];
}

export type Statement =
  | { readonly kind: "data"; readonly text: string }
  | { readonly kind: "print"; readonly value: Expression }
  | { readonly kind: "set"; readonly target: Target; readonly value: Expression }
  | {
      readonly kind: "set-block";
      readonly target: Target;
      readonly filters: readonly BlockFilter[];
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly test: Expression | undefined; readonly body: readonly Statement[] }[];
    }
  | {
      readonly kind: "for";
      readonly target: Target;
      readonly over: Expression;
      readonly filter: Expression | undefined;
      readonly recursive: boolean;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | ({ readonly kind: "macro" } & MacroHead)
  | { readonly kind: "call"; readonly call: Expression; readonly caller: MacroHead }
  | { readonly kind: "filter"; readonly filters: readonly BlockFilter[]; readonly body: readonly Statement[] }
  | {
      readonly kind: "with";
      readonly values: readonly (readonly [Target, Expression])[];
      readonly body: readonly Statement[];
    }
  | { readonly kind: "block"; readonly name: string; readonly body: readonly Statement[]; readonly scoped: boolean }
  | { readonly kind: "generation"; readonly body: readonly Statement[] }
  | { readonly kind: "break" | "continue" };
