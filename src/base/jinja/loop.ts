/** Describes what a template knows of the loop it is in. */

import { Attributes, Callable, equal, given, iterate, TemplateError, Undefined, type Value } from "./values.js";

export class LoopState {
  private readonly source: Iterator<Value>;
  /** Values that were looked at before their turn. */
  private readonly ahead: Value[] = [];
  private before: Value | undefined;
  private current: Value | undefined;
  private seen: readonly Value[] | undefined;
  private index = -1;
  /** `loop`, as the template sees it. */
  readonly attributes: Attributes;

  /**
   * @param wanted says which values the loop goes through
   * @param again renders the loop for other values, in recursive loops
   */
  constructor(
    over: Value,
    private readonly wanted: (value: Value) => boolean,
    depth: number,
    again: ((args: readonly Value[]) => Value) | undefined,
  ) {
    this.source = iterate(over);
    this.attributes = new Attributes("LoopContext", (name) => this.attribute(name, depth), undefined, (args) => {
      if (again === undefined) throw new TemplateError("the loop is not marked recursive");
      return again(args);
    }); // prettier-ignore
  }

  /** Moves to the next value of the loop and returns it; undefined at its end. */
  next(): Value | undefined {
    const known = this.ahead.shift();
    const value = known === undefined ? this.fetch() : known;
    if (value === undefined) return undefined;
    this.before = this.current;
    this.current = value;
    this.index++;
    return value;
  }

  private fetch(): Value | undefined {
    for (let next = this.source.next(); next.done !== true; next = this.source.next()) {
      if (this.wanted(next.value)) return next.value;
    }
    return undefined;
  }

  private peek(): Value | undefined {
    const [known] = this.ahead;
    if (known !== undefined) return known;
    const value = this.fetch();
    if (value !== undefined) this.ahead.push(value);
    return value;
  }

  private length(): number {
    for (let value = this.fetch(); value !== undefined; value = this.fetch()) this.ahead.push(value);
    return this.index + 1 + this.ahead.length;
  }

  private attribute(name: string, depth: number): Value | undefined {
    switch (name) {
      case "index":
        return BigInt(this.index + 1);
      case "index0":
        return BigInt(this.index);
      case "revindex":
        return BigInt(this.length() - this.index);
      case "revindex0":
        return BigInt(this.length() - this.index - 1);
      case "first":
        return this.index === 0;
      case "last":
        return this.peek() === undefined;
      case "length":
        return BigInt(this.length());
      case "depth":
        return BigInt(depth + 1);
      case "depth0":
        return BigInt(depth);
      case "previtem":
        return given(this.before, new Undefined("there is no previous item"));
      case "nextitem":
        return given(this.peek(), new Undefined("there is no next item"));
      case "cycle":
        return new Callable(name, (args) => {
          if (args.length === 0) throw new TemplateError("no items for cycling given");
          return args[this.index % args.length] as Value;
        });
      case "changed":
        return new Callable(name, (args) => {
          const same = this.seen !== undefined && equal([...this.seen], [...args]);
          this.seen = args;
          return !same;
        });
      default:
        return undefined;
    }
  }
}
