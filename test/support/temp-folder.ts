/** Folders for the length of a test file. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let root: string | undefined;

/** Returns a new empty folder, removed when all tests of the file are done (each-file.ts). */
export function tempFolder(): string {
  root ??= mkdtempSync(join(tmpdir(), "amuro-test-"));
  return mkdtempSync(join(root, "folder-"));
}

/** Removes all of them. */
export function removeTempFolders(): void {
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
  root = undefined;
}
