import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FAMILY_NAMES, familyNamed, variantsOfFamily } from "../support/families.js";
import { parseTemplate, type Template } from "../../src/templates/template.js";
import { variantOf } from "../../src/templates/variant.js";

const golden = JSON.parse(readFileSync(join(import.meta.dirname, "../golden/prompt-hashes.json"), "utf8")) as Record<
  string,
  string
>;

test("hashes are those of the golden file: equal names mean equal prompts in every release", () => {
  const found = Object.fromEntries(
    FAMILY_NAMES.flatMap((family) =>
      variantsOfFamily(familyNamed(family)).map(({ id, hash }) => [`${family}/${id}`, hash]),
    ),
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
