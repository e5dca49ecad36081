/** Reads the answer out of a generated text. */

import type { RowAnswer } from "./metric.js";

/** Lists the ways that need no pattern, by name. */
export const EXTRACTIONS = ["last-number", "first-number", "letter", "first-word", "first-line"] as const;

/**
 * Names how an answer is read: by a known way, or by a regular expression, whose first group that matches counts where
 * it has groups.
 */
export type Extraction =
  | (typeof EXTRACTIONS)[number]
  | {
      readonly pattern: string;
      /** Of i, m and s, as JavaScript has them. */
      readonly flags?: string;
      /** Which match counts; the first when left out. */
      readonly match?: "first" | "last";
    };

/** Returns the regular expression of an extraction. @throws SyntaxError */
export function extractionPattern({ pattern, flags = "" }: Exclude<Extraction, string>): RegExp {
  return new RegExp(pattern, `${flags}gu`);
}

/** Describes an extraction as a JSON schema. */
export const EXTRACTION_SCHEMA = {
  anyOf: [
    { enum: EXTRACTIONS },
    {
      type: "object",
      additionalProperties: false,
      required: ["pattern"],
      properties: {
        pattern: { type: "string", minLength: 1 },
        flags: { type: "string", pattern: "^[ims]*$" },
        match: { enum: ["first", "last"] },
      },
    },
  ],
};

/**
 * Returns the text that metrics compare: the answer that was read, empty where none could be.
 * @param how undefined where the whole text is the answer
 */
export function readAnswer(generated: string, how: Extraction | undefined): Pick<RowAnswer, "text" | "read"> {
  if (how === undefined) return { text: generated.trim() };
  const answer = extractAnswer(generated, how);
  return { text: answer ?? "", read: answer !== undefined };
}

/** Matches a number: a sign that follows no word, digits in groups of three or not, a fraction. */
const NUMBER = /(?<![\p{L}\p{N}.])[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\p{L}\p{N}])[-−]?\.\d+/gu;
/** Matches a letter that stands for a choice: alone, in brackets or before a point or colon. */
const LETTER = /(?<![\p{L}\p{N}'])\(?([A-Z])(?![\p{L}\p{N}'])/u;

/**
 * Returns the answer that a text gives, undefined where there is none to be read.
 * Numbers come as {@link plainNumber} writes them.
 */
export function extractAnswer(text: string, how: Extraction): string | undefined {
  if (typeof how === "object") {
    const matches = [...text.matchAll(extractionPattern(how))];
    const match = how.match === "last" ? matches.at(-1) : matches[0];
    if (match === undefined) return undefined;
    const [whole, ...groups] = match as readonly (string | undefined)[];
    return nonEmpty(groups.length === 0 ? whole : (groups.find((group) => group !== undefined && group !== "") ?? ""));
  }
  switch (how) {
    case "last-number":
      return plainNumber(text.match(NUMBER)?.at(-1) ?? "");
    case "first-number":
      return plainNumber(text.match(NUMBER)?.[0] ?? "");
    case "letter":
      return LETTER.exec(text)?.[1];
    case "first-word":
      return /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/u.exec(text)?.[0];
    case "first-line":
      return nonEmpty(text.trimStart().split("\n")[0]);
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === "" ? undefined : trimmed;
}

/**
 * Writes a number in one way: no commas between thousands, no zeros before or after it, a hyphen for a minus.
 * @returns undefined where the text is no number
 */
export function plainNumber(text: string): string | undefined {
  const match = /^([-−+]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = whole.replaceAll(",", "").replace(/^0+(?=\d)/, "") || "0";
  const rest = fraction.replace(/0+$/, "");
  const value = rest === "" ? digits : `${digits}.${rest}`;
  return /[-−]/.test(sign) && value !== "0" ? `-${value}` : value;
}
