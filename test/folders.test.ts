import fc from "fast-check";
import { existsSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileNameOf, makeFolders } from "../src/folders.js";
import { tempFolder } from "./support/temp-folder.js";

test("folders are made with those above them, and may be there already", async () => {
  const path = join(tempFolder(), "a", "b", "c");
  await Promise.all([makeFolders(path), makeFolders(path)]);
  await makeFolders(path);
  await makeFolders("/");
  expect(statSync(path).isDirectory()).toBe(true);
});

test("a file or a link to nothing is in the way", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "file"), "");
  symlinkSync(join(folder, "nowhere"), join(folder, "link"));
  await expect(makeFolders(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolders(join(folder, "file", "a"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeFolders(join(folder, "link"))).rejects.toMatchObject({ code: "EEXIST" });
});

test.runIf(existsSync("/proc/self"))("a file system that takes no folders is told, not asked for ever", async () => {
  await expect(makeFolders("/proc/amuro/a/b")).rejects.toThrow("/proc/amuro");
});

describe("file names", () => {
  test.each([
    ["plain-1.0_a", "plain-1.0_a"],
    ["org/name@main", "org%2fname%40main"],
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
