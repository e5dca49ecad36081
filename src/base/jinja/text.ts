/** Writes values as text as Python does: str(), repr(), json.dumps() and the formats of % and str.format. */

import {
  codePoints,
  compare,
  Dict,
  isNumber,
  Markup,
  Range,
  TemplateError,
  Tuple,
  typeName,
  Undefined,
  View,
  type Named,
  type Value,
} from "./values.js";

/**
 * Writes a value as Python's str() does. @throws TemplateError for an object whose text would be an address in memory
 */
export function str(value: Value): string {
  if (value instanceof Markup) return value.text;
  return typeof value === "string" ? value : value instanceof Undefined ? "" : repr(value);
}

/** Writes a value as Python's repr() does. */
export function repr(value: Value, depth = 0): string {
  if (depth > 100) throw new TemplateError("a value is nested too deeply to be written");
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return floatText(value);
  if (typeof value === "string") return quoted(value);
  if (value instanceof Undefined) return "Undefined";
  if (value instanceof Range)
    return `range(${value.start}, ${value.stop}${value.step === 1n ? "" : `, ${value.step}`})`;
  const all = (items: readonly Value[]) => items.map((item) => repr(item, depth + 1)).join(", ");
  if (Array.isArray(value)) return `[${all(value)}]`;
  if (value instanceof Tuple) return value.items.length === 1 ? `(${all(value.items)},)` : `(${all(value.items)})`;
  if (value instanceof View) return `${value.name}([${all(value.items)}])`;
  if (value instanceof Dict) {
    return `{${value
      .pairs()
      .map(([key, one]) => `${repr(key, depth + 1)}: ${repr(one, depth + 1)}`)
      .join(", ")}}`;
  }
  throw new TemplateError(`a ${typeName(value)} cannot be written as text`);
}

/** Writes a float as Python does: the shortest digits that give it back. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [, digits = "", exponentText = ""] = /^-?([\d.]+)e([+-]\d+)$/.exec(value.toExponential()) ?? [];
  const exponent = Number(exponentText);
  const sign = value < 0 ? "-" : "";
  if (exponent < -4 || exponent >= 16)
    return `${sign}${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  const plain = digits.replace(".", "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${plain}`;
  const padded = plain.padEnd(exponent + 2, "0");
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1)}`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let result = "";
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    const hex = code.toString(16);
    if (char === quote) result += `\\${char}`;
    else if (SHORT_ESCAPES[char] !== undefined) result += SHORT_ESCAPES[char];
    else if (char === " " || !/[\p{C}\p{Z}]/u.test(char)) result += char;
    else if (code < 0x100) result += `\\x${hex.padStart(2, "0")}`;
    else result += code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
  }
  return quote + result + quote;
}

export interface JsonOptions {
  readonly ascii: boolean;
  /** Text of one level, where lines are broken. */
  readonly indent: string | undefined;
  readonly separators: readonly [string, string];
  readonly sorted: boolean;
}

/** Writes a value as Python's json.dumps() does. */
export function json(value: Value, options: JsonOptions, level = 0): string {
  if (level > 200) throw new TemplateError("a value is nested too deeply to be written as JSON");
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number")
    return Number.isNaN(value)
      ? "NaN"
      : Number.isFinite(value)
        ? floatText(value)
        : value < 0
          ? "-Infinity"
          : "Infinity";
  if (typeof value === "string") return jsonText(value, options.ascii);
  const [between, colon] = options.separators;
  const around = (open: string, parts: readonly string[], close: string) => {
    if (parts.length === 0) return open + close;
    if (options.indent === undefined) return open + parts.join(between) + close;
    const line = (depth: number) => `\n${(options.indent as string).repeat(depth)}`;
    return (
      open +
      line(level + 1) +
      parts.join(between.trimEnd() === "" ? between : between + line(level + 1)) +
      line(level) +
      close
    );
  };
  if (Array.isArray(value))
    return around(
      "[",
      value.map((item) => json(item, options, level + 1)),
      "]",
    );
  if (value instanceof Tuple)
    return around(
      "[",
      value.items.map((item) => json(item, options, level + 1)),
      "]",
    );
  if (value instanceof Dict) {
    const own = value.pairs();
    if (options.sorted) own.sort(([a], [b]) => compare(a, b));
    const pairs = own.map(([key, one]) => [jsonKey(key), json(one, options, level + 1)] as const);
    return around(
      "{",
      pairs.map(([key, one]) => `${jsonText(key, options.ascii)}${colon}${one}`),
      "}",
    );
  }
  throw new TemplateError(`Object of type ${typeName(value)} is not JSON serializable`);
}

function jsonKey(key: Value): string {
  if (typeof key === "string") return key;
  if (key === null) return "null";
  if (typeof key === "boolean") return String(key);
  if (isNumber(key)) return str(key);
  throw new TemplateError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonText(text: string, ascii: boolean): string {
  // JSON.stringify escapes lone surrogates, which no text from a file has.
  const written = JSON.stringify(text);
  return ascii
    ? written.replaceAll(/[\u007f-\uffff]/g, (unit) =>
        unit === "\u007f" ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      )
    : written;
}

const SPEC = /^(?:([\s\S])?([<>^=]))?([-+ ]?)(#?)(0?)(\d*)([,_]?)(?:\.(\d+))?([bcdeEfFgGnosxX%]?)$/u;

/** Writes a value as Python's format(value, spec) does. */
function formatted(value: Value, spec: string): string {
  if (spec === "") return str(value);
  const found = SPEC.exec(spec);
  if (found === null) throw new TemplateError(`Invalid format specifier '${spec}'`);
  const [, fill, givenAlign, sign = "", , zero = "", width = "", group = "", precision, type = ""] = found;
  const numeric = isNumber(value);
  let body = numeric ? numberText(value, type, precision, group) : str(value);
  if (!numeric) {
    if (!"s".includes(type))
      throw new TemplateError(`Unknown format code '${type}' for object of type '${typeName(value)}'`);
    if (precision !== undefined) body = codePoints(body).slice(0, Number(precision)).join("");
  } else if (sign !== "" && sign !== "-" && !body.startsWith("-")) body = sign + body;
  return padded(
    body,
    Number(width),
    givenAlign ?? (zero !== "" ? "=" : numeric ? ">" : "<"),
    fill ?? (zero !== "" ? "0" : " "),
  );
}

/** Fills a text up to a width in code points. */
export function padded(text: string, width: number, align: string, fill: string): string {
  if (width > 1 << 20) throw new TemplateError("it makes a text that is too long");
  const missing = width - codePoints(text).length;
  if (missing <= 0) return text;
  if (align === "<") return text + fill.repeat(missing);
  if (align === ">") return fill.repeat(missing) + text;
  if (align === "^") return fill.repeat(Math.floor(missing / 2)) + text + fill.repeat(Math.ceil(missing / 2));
  const signed = /^[-+]/.test(text) ? 1 : 0;
  return text.slice(0, signed) + fill.repeat(missing) + text.slice(signed);
}

function numberText(
  value: boolean | bigint | number,
  type: string,
  precision: string | undefined,
  group: string,
): string {
  const grouped = (text: string) =>
    group === ""
      ? text
      : text.replace(
          /^(-?)(\d+)/,
          (_, sign: string, whole: string) => sign + whole.replaceAll(/\B(?=(\d{3})+$)/g, group),
        );
  if (typeof value !== "number" && "bdoxXn".includes(type)) {
    const whole = BigInt(value);
    const base = { b: 2, o: 8, x: 16, X: 16 }[type];
    const text = whole.toString(base ?? 10);
    return grouped(type === "X" ? text.toUpperCase() : text);
  }
  const number = Number(value);
  const places = precision === undefined ? 6 : Math.min(100, Number(precision));
  switch (type) {
    case "f":
    case "F":
      return grouped(fixed(number, places));
    case "%":
      return `${fixed(number * 100, places)}%`;
    case "e":
    case "E": {
      const text = number.toExponential(places).replace(/e([+-])(\d)$/, "e$10$2");
      return type === "E" ? text.toUpperCase() : text;
    }
    case "":
      if (precision === undefined) return grouped(str(value));
      break;
    default:
  }
  throw new TemplateError(`the format code '${type}' is not supported for a ${typeName(value)}`);
}

/** Writes a number with a fixed count of decimals; ties between two go to the even one, as in Python. */
export function fixed(value: number, places: number): string {
  const text = value.toFixed(places);
  const exact = value.toFixed(Math.min(100, places + 60));
  const tail = exact.slice(exact.indexOf(".") + 1 + places);
  if (!/^50*$/.test(tail)) return text;
  const down = exact.slice(0, exact.length - tail.length).replace(/\.$/, "");
  return Number(down.at(-1)) % 2 === 0 ? down : text;
}

/** Fills in values as Python's text % values does. */
export function percentFormat(text: string, values: Value): string {
  const given = values instanceof Tuple ? [...values.items] : [values];
  let used = 0;
  const result = text.replaceAll(
    /%(?:\(([^)]*)\))?([-#0 +]*)(\d*)(?:\.(\d+))?([a-zA-Z%]?)/g,
    (_, key: string | undefined, flags: string, width: string, precision: string | undefined, type: string) => {
      if (type === "%") return "%";
      let value: Value | undefined;
      if (key !== undefined) value = values instanceof Dict ? values.get(key) : undefined;
      else value = given[used++];
      if (value === undefined) throw new TemplateError("not enough arguments for format string");
      let body: string;
      if (type === "s") body = str(value);
      else if (type === "r") body = repr(value);
      else if (isNumber(value) && "diu".includes(type) && type !== "")
        body = BigInt(typeof value === "number" ? Math.trunc(value) : value).toString();
      else if (isNumber(value) && /[xXofFeE]/.test(type)) body = numberText(value, type, precision, "");
      else throw new TemplateError(`%${type} format: a ${typeName(value)} does not fit, or is not supported`);
      if ((type === "s" || type === "r") && precision !== undefined)
        body = codePoints(body).slice(0, Number(precision)).join("");
      if (flags.includes("+") && isNumber(value) && !body.startsWith("-")) body = `+${body}`;
      else if (flags.includes(" ") && isNumber(value) && !body.startsWith("-")) body = ` ${body}`;
      const align = flags.includes("-") ? "<" : flags.includes("0") && isNumber(value) ? "=" : ">";
      return padded(body, Number(width), align, align === "=" ? "0" : " ");
    },
  );
  if (used < given.length && !(values instanceof Dict))
    throw new TemplateError("not all arguments converted during string formatting");
  return result;
}

/** Fills in values as Python's str.format does. @param lookUp follows an attribute or an index */
export function braceFormat(
  text: string,
  args: readonly Value[],
  kwargs: Named,
  lookUp: (value: Value, key: string, isItem: boolean) => Value,
): string {
  let next = 0;
  return text.replaceAll(
    /\{\{|\}\}|\{([^{}!:]*)(?:!([rs]))?(?::((?:[^{}])*))?\}|[{}]/g,
    (whole, field?: string, conversion?: string, spec?: string) => {
      if (whole === "{{" || whole === "}}") return whole[0] as string;
      if (field === undefined) throw new TemplateError("a brace of a format string stands alone");
      const [, first = "", path = ""] = /^([^.[]*)(.*)$/s.exec(field) ?? [];
      let value = first === "" ? args[next++] : /^\d+$/.test(first) ? args[Number(first)] : kwargs.get(first);
      if (value === undefined) throw new TemplateError(`a format string asks for "${field}", which is not given`);
      for (const [, name, item] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g))
        value = lookUp(value, name ?? item ?? "", item !== undefined);
      if (conversion === "r") value = repr(value);
      return formatted(value, spec ?? "");
    },
  );
}
