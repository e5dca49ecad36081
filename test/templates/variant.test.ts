import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FAMILY_NAMES } from "../../src/tasks/families.js";
import { parseTemplate, type Template } from "../../src/templates/template.js";
import { selectVariants, variantOf, variantsOfFamily } from "../../src/templates/variant.js";

const golden = JSON.parse(readFileSync(join(import.meta.dirname, "../golden/prompt-hashes.json"), "utf8")) as Record<
  string,
  string
>;

test("hashes are those of the golden file: equal names mean equal prompts in every release", () => {
  const found = Object.fromEntries(
    FAMILY_NAMES.flatMap((family) => variantsOfFamily(family).map(({ id, hash }) => [`${family}/${id}`, hash])),
  );
  expect(found).toEqual(golden);
});

describe("a hash", () => {
  const made = (id: string, note: string, body: string): Template =>
    parseTemplate(`---\nid: ${id}\nfamily: summarization\nstyle: raw\npaper: false\nnote: ${note}\n---\n${body}`, "x");
  const hash = (...args: Parameters<typeof made>) => variantOf(made(...args)).hash;

  test("is of the content, whatever the variant is called", () => {
    expect(hash("io", "one", "{{document}} \n")).toBe(golden["summarization/io"]);
    expect(hash("other", "two", "{{document}} ")).toBe(golden["summarization/io"]);
  });

  test("changes with every character", () => {
    const bodies = ["{{document}} ", "{{document}}", "{{document}}  ", " {{document}} ", "{{document}}\n\n"];
    expect(new Set(bodies.map((body) => hash("io", "x", body))).size).toBe(bodies.length);
  });

  test("differs between families and variants", () => {
    expect(new Set(Object.values(golden)).size).toBe(Object.keys(golden).length);
  });
});

describe("selection", () => {
  const select = (...patterns: string[]) => selectVariants("nli", patterns).map(({ id }) => id);

  test.each([
    [["default"], ["default"]],
    [
      ["io", "default"],
      ["default", "io"],
    ],
    [["io", "io"], ["io"]],
    [["i*"], ["instruct", "io", "imperative-first"]],
    [["{io,default}"], ["default", "io"]],
    [["paper"], ["default", "instruct", "io"]],
    [["all"], variantsOfFamily("nli").map(({ id }) => id)],
    [["all", "io"], variantsOfFamily("nli").map(({ id }) => id)],
  ])("%j gives %j, in the family's order and each once", (patterns, ids) => {
    expect(select(...patterns)).toEqual(ids);
  });

  test.each([
    ["defualt", 'no prompt "defualt" in the family nli; did you mean "default"?'],
    ["Instruct", 'no prompt "Instruct" in the family nli; did you mean "instruct"?'],
    ["xyz*", 'no prompt "xyz*" in the family nli; known: all, paper, default, instruct, io, american-spelling'],
    ["", 'no prompt "" in the family nli; known: all, paper, default, instruct, io'],
  ])("%j is refused", (pattern, message) => {
    expect(() => select(pattern)).toThrow(message);
    expect(() => select("default", pattern)).toThrow(message);
  });
});
