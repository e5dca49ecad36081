/**
 * Cuts a Jinja template into tokens, as Jinja2 3.1 does: with trim_blocks and lstrip_blocks, the settings of
 * transformers' chat templates, or without.
 */

import { TemplateError } from "./values.js";

type TokenKind = "data" | "open" | "close" | "print" | "endprint" | "name" | "text" | "int" | "float" | "op";

export interface Token {
  readonly kind: TokenKind;
  /** The text of a token; of a string literal, what it stands for. */
  readonly value: string;
  readonly line: number;
}

const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*/y; // eslint-disable-line no-control-regex
const TRAILING = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/u; // eslint-disable-line no-control-regex
const OPENING = /\{(?:%|\{|#)/g;
const RAW = /\{%([-+]?)\s*raw\s*(-?)%\}/y;
const ENDRAW = /\{%([-+]?)\s*endraw\s*(\+%\}|-%\}\s*|%\}\n?)/g;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const STRING = /'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)"/y;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;

/** Says what becomes of the white space around the tags of a template. */
export type WhiteSpace =
  /** Line breaks after tags, blanks before them and the last line break go (trim_blocks, lstrip_blocks). */
  | "trimmed"
  /** All stays but what a tag's own sign takes away (keep_trailing_newline). */
  | "kept";

/** @throws TemplateError when the text is not Jinja */
export function tokenize(source: string, space: WhiteSpace = "trimmed"): Token[] {
  const isTrimmed = space === "trimmed";
  const whole = source.replaceAll(/\r\n|\r/g, "\n");
  const text = isTrimmed ? whole.replace(/\n$/, "") : whole;
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  // A line begins where the token before it took its line break.
  let lineStarts = true;
  const take = (end: number): void => {
    for (let i = text.indexOf("\n", at); i >= 0 && i < end; i = text.indexOf("\n", i + 1)) line++;
    lineStarts = text[end - 1] === "\n";
    at = end;
  };
  const data = (end: number, sign: string, isBlock: boolean): void => {
    let value = text.slice(at, end);
    if (sign === "-") value = value.replace(TRAILING, "");
    else if (isTrimmed && isBlock && sign !== "+") {
      const from = value.lastIndexOf("\n") + 1;
      if ((from > 0 || lineStarts) && value.slice(from).replace(TRAILING, "") === "") value = value.slice(0, from);
    }
    if (value !== "") tokens.push({ kind: "data", value, line });
  };
  while (at < text.length) {
    OPENING.lastIndex = at;
    const found = OPENING.exec(text);
    if (found === null) {
      tokens.push({ kind: "data", value: text.slice(at), line });
      break;
    }
    const start = found.index;
    const raw = match(RAW, text, start);
    if (raw !== undefined) {
      data(start, raw[1] as string, true);
      take(start + raw[0].length);
      if (raw[2] === "-") take(at + (match(SPACE, text, at)?.[0].length ?? 0));
      ENDRAW.lastIndex = at;
      const end = ENDRAW.exec(text);
      if (end === null) throw new TemplateError(`line ${line}: {% raw %} has no {% endraw %}`);
      data(end.index, end[1] as string, true);
      take(end.index + end[0].length);
      continue;
    }
    const isBlock = found[0] !== "{{";
    const sign = /[-+]/.test(text[start + 2] ?? "") ? (text[start + 2] as string) : "";
    data(start, sign, isBlock);
    take(start + 2 + sign.length);
    if (found[0] === "{#") {
      const end = text.indexOf("#}", at);
      if (end < 0) throw new TemplateError(`line ${line}: a comment has no end`);
      const last = text[end - 1];
      take(end + 2);
      closeTag(last === "-" || last === "+" ? last : "", true);
      continue;
    }
    tokens.push({ kind: isBlock ? "open" : "print", value: found[0], line });
    inside(isBlock);
  }
  return tokens;

  /** Takes the white space after a tag that its sign takes away. */
  function closeTag(sign: string, isBlock: boolean): void {
    if (sign === "-") take(at + (match(SPACE, text, at)?.[0].length ?? 0));
    else if (isTrimmed && isBlock && sign !== "+" && text[at] === "\n") take(at + 1);
  }

  /** Reads tokens up to the end of a tag. */
  function inside(isBlock: boolean): void {
    const end = isBlock ? "%}" : "}}";
    const open: string[] = [];
    for (;;) {
      take(at + (match(SPACE, text, at)?.[0].length ?? 0));
      if (at >= text.length) throw new TemplateError(`line ${line}: a tag has no ${end}`);
      const sign = /[-+]/.test(text[at] as string) ? (text[at] as string) : "";
      if (open.length === 0 && text.startsWith(end, at + sign.length) && !(sign === "+" && !isBlock)) {
        tokens.push({ kind: isBlock ? "close" : "endprint", value: end, line });
        take(at + sign.length + 2);
        closeTag(sign, isBlock);
        return;
      }
      const before = tokens.at(-1);
      const float = before?.kind === "op" && before.value === "." ? undefined : match(FLOAT, text, at);
      if (float !== undefined) add("float", float[0].replaceAll("_", ""), float[0]);
      else if (tryPattern("int", INTEGER) || tryPattern("name", NAME)) continue;
      else if (text[at] === "'" || text[at] === '"') {
        const string = match(STRING, text, at);
        if (string === undefined) throw new TemplateError(`line ${line}: a string has no end`);
        add("text", unescaped(string[1] ?? string[2] ?? ""), string[0]);
      } else if (!tryPattern("op", OPERATOR)) {
        throw new TemplateError(
          `line ${line}: unexpected character "${String.fromCodePoint(text.codePointAt(at) ?? 0)}"`,
        );
      } else {
        const operator = tokens.at(-1)?.value ?? "";
        if ("([{".includes(operator)) open.push(operator);
        else if (")]}".includes(operator)) open.pop();
      }
    }
  }

  function add(kind: TokenKind, value: string, taken: string): void {
    tokens.push({ kind, value, line });
    take(at + taken.length);
  }

  function tryPattern(kind: TokenKind, pattern: RegExp): boolean {
    const found = match(pattern, text, at);
    if (found === undefined) return false;
    add(kind, found[0].normalize("NFKC"), found[0]);
    return true;
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "", "\\": "\\", "'": "'", '"': '"', a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v",
}; // prettier-ignore

/** Returns the text that a string literal stands for, with Python's escapes. */
function unescaped(literal: string): string {
  return literal.replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, x?: string, u?: string, long?: string, octal?: string, one?: string) => {
      const hex = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8));
      if (one !== undefined && "xuUN".includes(one))
        throw new TemplateError(`the escape \\${one} of a string is not supported or cut`);
      return ESCAPES[one ?? ""] ?? whole;
    },
  );
}
