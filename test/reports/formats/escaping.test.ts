import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvField } from "../../../src/reports/formats/csv.js";
import { latexText } from "../../../src/reports/formats/latex.js";
import { text } from "../../../src/reports/formats/markdown.js";
import { HOSTILE } from "../../support/hostile.js";

const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme-ascii" }), fc.constant(HOSTILE));

describe("Markdown", () => {
  test("no markup, no HTML, no link, one line", () => {
    expect(text("a_b*c|d `e` [f](g) <h> # & $")).toBe("a\\_b\\*c\\|d \\`e\\` \\[f\\](g) &lt;h&gt; \\# &amp; \\$");
    expect([text("- a"), text("1. a"), text("0.512 ± 0.010"), text("https://x")]).toEqual([
      "\\- a",
      "\\1. a",
      "0.512 ± 0.010",
      "https\u200b://x",
    ]);
    fc.assert(
      fc.property(anyText, (plain) => {
        const written = text(plain);
        expect(written).not.toMatch(/[<>\n\r]|(?<!\\)[|`*_[\]]/);
      }),
    );
  });
});

describe("LaTeX", () => {
  test("gets no command, comment or mathematics from a text", () => {
    expect(latexText("50% of a_b & {c} \\input ^~#$ <d>")).toBe(
      "50\\% of a\\_b \\& \\{c\\} \\textbackslash{}input \\textasciicircum{}\\textasciitilde{}\\#\\$ \\textless{}d\\textgreater{}",
    );
    // Long words may be broken where their parts end, short ones may not.
    expect(latexText(`a_b ${"long_name/".repeat(4)}x`)).toBe(
      `a\\_b ${"long\\_\\allowbreak{}name/\\allowbreak{}".repeat(4)}x`,
    );
    fc.assert(
      fc.property(anyText, (plain) => {
        const rest = latexText(plain)
          .replace(/\\(allowbreak|textbackslash|textasciicircum|textasciitilde|textless|textgreater)\{\}/g, "")
          .replace(/\\[{}$&#%_]/g, "")
          .replace(/\$(\\to|-)\$/g, "");
        expect(rest).not.toMatch(/[\\{}$&#%_^~\n\r]/);
      }),
    );
  });
});

describe("CSV", () => {
  test("what is written is read, and no text begins a formula", () => {
    expect([csvField(null), csvField(true), csvField(-0.5), csvField("a,b"), csvField('say "x"')]).toEqual([
      "",
      "true",
      "-0.5",
      '"a,b"',
      '"say ""x"""',
    ]);
    expect([csvField("=1+1"), csvField("@a"), csvField("-x,y")]).toEqual(["'=1+1", "'@a", `"'-x,y"`]);
    fc.assert(
      fc.property(anyText, (drawn) => {
        // A lone surrogate is lost in any file.
        const plain = Buffer.from(drawn).toString();
        const lines: string[][] = parse(`${csvField(plain)},end\r\n`);
        const field = lines[0]?.[0];
        expect(field).toBe(/^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain);
      }),
    );
  });
});
