/** Tests what a checkpoint spec names. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isGlob, parseSpec } from "../../../src/checkpoints/find/spec.js";
import { UsageError } from "../../../src/base/errors.js";
import { tempFolder } from "../../support/temp-folder.js";

const folder = tempFolder();
mkdirSync(join(folder, "run", "step1000"), { recursive: true });

test.each([
  ["org/name", { id: "org/name", revision: undefined, subfolder: "" }],
  ["org/name@step1000-tokens4B", { id: "org/name", revision: "step1000-tokens4B", subfolder: "" }],
  ["org/name@refs/pr/1", { id: "org/name", revision: "refs/pr/1", subfolder: "" }],
  ["org/name@main:checkpoints/step5", { id: "org/name", revision: "main", subfolder: "checkpoints/step5" }],
  ["org/name:./a//b/", { id: "org/name", revision: undefined, subfolder: "a/b" }],
  ["org/name@step*", { id: "org/name", revision: "step*", subfolder: "" }],
])("%s", (spec, address) => {
  expect(parseSpec(spec)).toEqual({ kind: "hub", ...address });
});

test("builtin and folders are specs, and so is a part of a folder", () => {
  const run = join(folder, "run");
  expect(parseSpec("builtin")).toEqual({ kind: "builtin" });
  expect(parseSpec(run)).toEqual({ kind: "folder", root: run, subfolder: "" });
  expect(parseSpec(`${run}:step1000`)).toEqual({ kind: "folder", root: run, subfolder: "step1000" });
});

test("a revision may be given apart", () => {
  expect(parseSpec("org/name", "step5")).toMatchObject({ revision: "step5" });
  expect(parseSpec("org/name@step5", "step5")).toMatchObject({ revision: "step5" });
  expect(() => parseSpec("org/name@step5", "main")).toThrow("names revision step5 and --revision says main; give one");
  expect(parseSpec("builtin", "step30")).toEqual({ kind: "builtin", revision: "step30" });
  expect(() => parseSpec("builtin@step30", "main")).toThrow("names revision step30 and --revision says main; give one");
  expect(() => parseSpec("/", "main")).toThrow("--revision main goes with a hub id; / has no revisions");
});

describe("is refused:", () => {
  test.each(["name", "a/b/c", "org/name@", "org/name@main:"])("%j", (spec) => {
    expect(() => parseSpec(spec)).toThrow(`checkpoint "${spec}": no such folder, and not a hub id`);
  });

  test.each(["./nowhere", "~/x", "/nowhere:step1", "../a/b", "C:\\run", "c:/run"])("the path %j", (spec) => {
    expect(() => parseSpec(spec)).toThrow(new UsageError(`checkpoint "${spec}": no such folder`));
  });

  test("a path, with the nearest name of its folder", () => {
    const spec = join(folder, "run", "step100");
    expect(() => parseSpec(spec)).toThrow(`checkpoint "${spec}": no such folder; did you mean "step1000"?`);
  });

  test("a subfolder outside of the repository", () => {
    expect(() => parseSpec("org/name@main:../other")).toThrow('"../other" climbs out of the repository');
  });
});

test("names with wildcards are told from those without", () => {
  expect(["step*", "step{1,2}", "step[12]", "a?"].every(isGlob)).toBe(true);
  expect(["step1000-tokens4B", "refs/pr/1", "v1.0 (final)"].some(isGlob)).toBe(false);
});
