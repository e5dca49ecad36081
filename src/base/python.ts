/** Reads what is written in Python: regular expressions and literals. */

import { messageOf, UserError } from "./errors.js";

/**
 * Returns a regular expression of Python's re as one of this language: flags at its beginning, named groups, \\A and
 * \\Z.
 * @param flags those beside its own
 * @throws UserError for what has no counterpart
 */
export function pythonPattern(source: string, flags = ""): RegExp {
  const [lead = "", letters = ""] = /^\(\?([ims]+)\)/.exec(source) ?? [];
  const body = source
    .slice(lead.length)
    .replaceAll("(?P<", "(?<")
    .replace(/\(\?P=(\w+)\)/g, "\\k<$1>")
    .replaceAll("\\A", "(?<![\\s\\S])")
    .replaceAll("\\Z", "(?![\\s\\S])");
  const wanted = [...new Set(Array.from(flags + letters))].join("");
  // Python takes escapes of any sign; "u" does not, but reads a sign beyond U+FFFF as one.
  let reason = "";
  for (const mode of ["u", ""]) {
    try {
      return new RegExp(body, wanted + mode);
    } catch (error) {
      reason = messageOf(error).split(": ").at(-1) ?? "";
    }
  }
  throw new UserError(`the regular expression ${JSON.stringify(source)} of Python cannot be read here (${reason})`);
}

/** Holds a value of a Python literal. */
export type Literal = string | number | boolean | null | readonly Literal[];

/**
 * Reads a literal of Python: texts, numbers, True, False, None, and lists or tuples of these.
 * @returns undefined where the text is none
 */
export function pythonLiteral(text: string): Literal | undefined {
  const reader = new LiteralReader(text.trim());
  try {
    return reader.whole();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const ESCAPED: Readonly<Record<string, string>> = {
  "\n": "", "\\": "\\", "'": "'", '"': '"', a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v",
}; // prettier-ignore

class LiteralReader {
  private at = 0;

  constructor(private readonly text: string) {}

  whole(): Literal {
    const value = this.value();
    if (this.at < this.text.length) throw new SyntaxError("more than a literal");
    return value;
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }

  private value(): Literal {
    this.take(/\s*/y);
    const open = this.take(/[[(]/y);
    if (open !== undefined) return this.items(open[0] === "[" ? "]" : ")");
    const number = this.take(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/iy);
    if (number !== undefined) return Number(number[0]);
    const word = this.take(/True|False|None/y);
    if (word !== undefined) return word[0] === "None" ? null : word[0] === "True";
    return this.string();
  }

  private items(end: string): Literal {
    const items: Literal[] = [];
    let comma = true;
    for (;;) {
      this.take(/\s*/y);
      if (this.text[this.at] === end) break;
      if (!comma) throw new SyntaxError("a comma is missing");
      items.push(this.value());
      comma = this.take(/\s*,/y) !== undefined;
    }
    this.at++;
    // A value in brackets alone is no tuple.
    return end === ")" && items.length === 1 && !comma ? (items[0] as Literal) : items;
  }

  /** Reads texts; those side by side are one. */
  private string(): string {
    let whole: string | undefined;
    for (;;) {
      const found = this.take(/\s*(?:'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)")/y);
      if (found === undefined) break;
      whole = (whole ?? "") + unescaped(found[1] ?? found[2] ?? "");
    }
    if (whole === undefined) throw new SyntaxError("no literal");
    this.take(/\s*/y);
    return whole;
  }
}

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g,
    (all, x?: string, u?: string, long?: string, one?: string) => {
      const hex = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
      return ESCAPED[one ?? ""] ?? all;
    },
  );
}
