/** Holds the values of a template's names. */

import { Undefined, type Value } from "./values.js";

export class Scope {
  private readonly values = new Map<string, Value>();

  constructor(private readonly parent?: Scope) {}

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }

  get(name: string): Value {
    // None is null: only undefined is no value.
    const own = this.values.get(name);
    if (own !== undefined) return own;
    return this.parent === undefined ? new Undefined(`'${name}' is undefined`) : this.parent.get(name);
  }

  /** Returns the scope of the whole template, which blocks see. */
  get top(): Scope {
    return this.parent?.parent === undefined ? this : this.parent.top;
  }
}
