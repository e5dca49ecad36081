import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { escapeHtml, html, printable, scriptJson, trusted, type HtmlValue } from "../../src/reports/html.js";
import { HOSTILE } from "../support/hostile.js";

const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.constant(HOSTILE));

/** Returns what a parser reads: the text of the one element and of its attribute. */
function read(markup: string): { text: string; attribute: string; elements: number } {
  const { document } = parseHTML(`<!doctype html><html><body>${markup}</body></html>`) as unknown as {
    document: {
      querySelector(s: string): { textContent: string; getAttribute(n: string): string };
      querySelectorAll(s: string): { length: number };
    };
  };
  const p = document.querySelector("p");
  return {
    text: p.textContent,
    attribute: p.getAttribute("title"),
    elements: document.querySelectorAll("body *").length,
  };
}

describe("html", () => {
  test("whatever is put in comes out as text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const found = read(html`<p title="${text}">${text}</p>`.text);
        expect(found).toEqual({ text: printable(text), attribute: printable(text), elements: 1 });
      }),
    );
  });

  test("lists are joined, nothing is left of what is not there, pieces are not escaped twice", () => {
    const list: HtmlValue[] = ["a<b", html`<i>${"c>d"}</i>`, null, undefined, false, 0];
    expect(html`<b>${list}</b>`.text).toBe("<b>a&lt;b<i>c&gt;d</i>0</b>");
    expect(html`${trusted("<hr>")}`.text).toBe("<hr>");
  });

  test("characters that no document may hold are replaced, others stay", () => {
    expect(escapeHtml("a\u0000\u0007\ud800\ufffe\u0085b\t\n\r\u{1f642}é")).toBe(
      "a\ufffd\ufffd\ufffd\ufffd\ufffdb\t\n\r\u{1f642}é",
    );
  });

  test("JSON in a script element cannot end it, and is read as what it was", () => {
    fc.assert(
      fc.property(fc.jsonValue(), anyText, (value, text) => {
        const written = scriptJson([value, text]).text;
        expect(written).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify([value, text])));
      }),
    );
  });
});
