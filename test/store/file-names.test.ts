import fc from "fast-check";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileNameOf } from "../../src/store/file-names.js";
import { tempFolder } from "../support/temp-folder.js";

describe("file names", () => {
  test.each([
    ["plain-1.0_a", "plain-1.0_a"],
    ["org/name@main", "org%2fname@main"],
    ["../../etc/passwd", "%2e.%2f..%2fetc%2fpasswd"],
    ["..", "%2e."],
    [".hidden", "%2ehidden"],
    ["my model (1)", "my%20model%20%281%29"],
    ["C:\\models\\a", "C%3a%5cmodels%5ca"],
    ["été", "%c3%a9t%c3%a9"],
    ["100%", "100%25"],
    ["a\nb\0c", "a%0ab%00c"],
  ])("of %j", (name, expected) => {
    expect(fileNameOf(name)).toBe(expected);
    writeFileSync(join(tempFolder(), fileNameOf(name)), "");
  });

  test("of very long names are cut, and stay apart", () => {
    const names = ["x".repeat(300), `${"x".repeat(299)}y`, "é".repeat(120)].map(fileNameOf);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(200);
  });

  test("property: different names have different files, none of them a path or hidden", () => {
    const name = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(fileNameOf(a)).toMatch(/^(?!\.)[\w.=%~-]+$/);
        // A lone surrogate has no UTF-8; the encoder makes it the replacement character.
        fc.pre(a !== b && !/\p{Surrogate}/u.test(a + b));
        expect(fileNameOf(a)).not.toBe(fileNameOf(b));
      }),
    );
  });
});
