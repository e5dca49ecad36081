import { existsSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolders } from "../../src/base/folders.js";
import { tempFolder } from "../support/temp-folder.js";

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
