/** Builds HTML in which every inserted value is text unless it was made here. */

/** Holds a piece of a page. Only {@link html} and {@link trusted} make one. */
export class Html {
  private constructor(readonly text: string) {}

  /** Makes a piece; for {@link html} and {@link trusted} only. */
  static of(text: string): Html {
    return new Html(text);
  }

  toString(): string {
    return this.text;
  }
}

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Fills a template whose values are escaped; lists are joined, and null, undefined and false leave nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const texts = values.map((value, i) => markup(value) + (parts[i + 1] ?? ""));
  return Html.of((parts[0] ?? "") + texts.join(""));
}

/** Marks markup that was made by this program and holds no text of others that is not escaped yet. */
export function trusted(markup: string): Html {
  return Html.of(markup);
}

const NAMES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Matches characters that no parser keeps: controls, lone surrogates, non-characters. */
const UNPRINTABLE = /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** Replaces characters that neither HTML nor XML can hold by U+FFFD. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd");
}

/** Escapes text so that it may stand in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (char) => NAMES[char] as string);
}

/** Writes JSON as it may stand in a script element that is not run: nothing in it can end the element. */
export function scriptJson(value: unknown): Html {
  return Html.of(
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  );
}

function markup(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "object") return value.map(markup).join("");
  return escapeHtml(String(value));
}
