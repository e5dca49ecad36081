import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FAMILIES, FAMILY_NAMES } from "../support/families.js";
import { templatesWith } from "../../src/templates/catalog.js";
import { parseTemplate } from "../../src/templates/template.js";

const BODY = "P: {{premise}} H: {{hypothesis}} ";
const FRONT = { id: "mine", family: "nli", style: "form", paper: "false", note: "a note" };

function written(front: Record<string, string | undefined> = {}, body = `${BODY}\n`): string {
  const entries: [string, string | undefined][] = Object.entries({ ...FRONT, ...front });
  const lines = entries.filter(([, value]) => value !== undefined);
  return `---\n${lines.map(([key, value]) => `${key}: ${String(value)}\n`).join("")}---\n${body}`;
}
const parse = (front?: Record<string, string | undefined>, body?: string) =>
  parseTemplate(written(front, body), "prompts/mine.hbs");
const render = (premise: string, hypothesis: string) => parse().render({ premise, hypothesis });

describe("the body", () => {
  test("keeps every character but one newline at the end of the file", () => {
    expect(parse()).toMatchObject({ id: "mine", family: { name: "nli" }, style: "form", paper: false, body: BODY });
    expect(parse({}, BODY).body).toBe(BODY);
    expect(parse({}, `\n ${BODY}\n\n`).body).toBe(`\n ${BODY}\n`);
    expect(parse({}, `${BODY}---\n`).body).toBe(`${BODY}---`);
  });

  test("of a file with CRLF is that of one with LF", () => {
    const text = written({}, "P: {{premise}}\n H: {{hypothesis}} \n");
    expect(parseTemplate(text.replaceAll("\n", "\r\n"), "x").body).toBe(parseTemplate(text, "x").body);
  });
});

describe("rendering", () => {
  test("a text is rendered as it stands, nothing is escaped", () => {
    expect(render(`a & b < c > d`, `"e" 'f' \`g\` = &amp;`)).toBe(`P: a & b < c > d H: "e" 'f' \`g\` = &amp; `);
  });

  test("takes braces in a field as text", () => {
    expect(render("{{hypothesis}}", "{{#if x}} {{{y}}} \\{{z}}")).toBe(
      "P: {{hypothesis}} H: {{#if x}} {{{y}}} \\{{z}} ",
    );
  });

  test("keeps white space and line ends of a field", () => {
    expect(render(" a\n\n b\t", "\r\n")).toBe("P:  a\n\n b\t H: \r\n ");
    expect(render("", "")).toBe("P:  H:  ");
  });

  test("property: any text comes out as it went in", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, text, (premise, hypothesis) => {
        expect(render(premise, hypothesis)).toBe(`P: ${premise} H: ${hypothesis} `);
      }),
    );
  });

  test("names file and field when a field is missing", () => {
    expect(() => parse().render({ premise: "a" })).toThrow(
      /^prompts\/mine\.hbs: line 8: the field \{\{hypothesis\}\} is missing$/,
    );
  });

  test("does not read a missing field from a prototype", () => {
    const inherited = Object.create({ hypothesis: "inherited" }) as Record<string, string>;
    inherited["premise"] = "a";
    expect(() => parse().render(inherited)).toThrow("the field {{hypothesis}} is missing");
  });
});

describe("fields", () => {
  test.each(["constructor", "__proto__", "toString", "hasOwnProperty", "premises"])("{{%s}} is refused", (name) => {
    expect(() => parse({}, `${BODY}{{${name}}}`)).toThrow(
      `prompts/mine.hbs: line 8: {{${name}}} is not a field of the family nli; its fields: premise, hypothesis`,
    );
  });

  test.each([
    ["a path", "{{premise.length}}", "{{premise.length}} is not a field"],
    ["a parent", "{{../premise}}", "is not a field"],
    ["a block", "x\n{{#if premise}}x{{/if}}", "line 9: a template holds only text and {{field}}"],
    ["a section", "{{#premise}}x{{/premise}}", "line 8: a template holds only text and {{field}}"],
    ["a helper", "{{lookup premise 0}}", "a template holds only text and {{field}}"],
    ["a field with an argument", "{{premise hypothesis}}", "a template holds only text and {{field}}"],
    ["a literal", '{{"premise"}}', "a template holds only text and {{field}}"],
    ["a partial", "{{> other}}", "a template holds only text and {{field}}"],
    ["a comment", "{{! note }}", "a template holds only text and {{field}}"],
    ["a loop", "{{#each premise}}{{#each ../premise}}x{{/each}}{{/each}}", "a template holds only text and {{field}}"],
    ["white-space control", "x {{~premise}}", "a template holds only text and {{field}}"],
    ["a field twice", "\n{{premise}}", "line 9: the field {{premise}} is used twice (before in line 8)"],
    ["text without an end", "x".repeat(10_000), "the template has 10,033 characters, more than 10,000"],
  ])("%s is refused", (_kind, body, message) => {
    expect(() => parse({}, BODY + body)).toThrow(/^prompts\/mine\.hbs: /);
    expect(() => parse({}, BODY + body)).toThrow(message);
  });

  test("all of the family's must be used", () => {
    expect(() => parse({}, "only {{premise}} ")).toThrow(
      "prompts/mine.hbs: the field {{hypothesis}} of the family nli is not used",
    );
  });

  test("a broken expression is one line that names the file", () => {
    const attempt = () => parse({}, "{{premise}} {{hypothesis");
    expect(attempt).toThrow(/^prompts\/mine\.hbs: not a Handlebars template \(.*line 8.*\)$/);
  });
});

describe("front matter", () => {
  test.each([
    [{ family: "nil" }, 'family is "nil"; did you mean "nli"?'],
    [{ id: "My Prompt" }, "id must match pattern"],
    [{ style: undefined }, 'missing key "style"'],
    [{ note: '""' }, "note must NOT have fewer than 1 characters"],
    [{ paper: "maybe" }, 'paper must be boolean, not the string "maybe"'],
    [{ stile: "form" }, 'unknown key "stile"; did you mean "style"?'],
    [{ note: "[" }, "the front matter is not YAML ("],
  ])("with %j is refused", (change, message) => {
    expect(() => parse(change)).toThrow(/^prompts\/mine\.hbs: [^\n]*$/);
    expect(() => parse(change)).toThrow(message);
  });

  test.each([BODY, `--- \n${BODY}`, `---\nid: x\n${BODY}`, ""])("is missing in %j", (text) => {
    expect(() => parseTemplate(text, "a.hbs")).toThrow(
      "a.hbs: a template begins with front matter between two lines of ---",
    );
  });
});

test("the built-in templates begin with the experiment's three formats, and those of the paper are marked", () => {
  const all = templatesWith([]);
  expect([...all.keys()]).toEqual(FAMILY_NAMES);
  for (const [family, templates] of all) {
    const formats = templates.slice(0, 3);
    expect(formats.map(({ id }) => id)).toEqual(["default", "instruct", "io"]);
    const published = ["summarization", "question_generation", "nli", "paraphrase"].includes(family);
    expect(formats.map(({ paper }) => paper)).toEqual([published, published, published]);
    expect(templates.slice(3).every(({ paper }) => !paper)).toBe(true);
    for (const { body } of formats) {
      expect(body, `${family}: the answer must stand apart`).toMatch(/\S $/);
      for (const field of FAMILIES[family] ?? []) expect(body.split(`{{${field}}}`)).toHaveLength(2);
    }
  }
});
