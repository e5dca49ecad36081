/** Folders for the length of a test file. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const root = mkdtempSync(join(tmpdir(), "amuro-test-"));

// Registered while the test file is read, because a hook made inside a running test would never run.
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A new empty folder, removed when all tests of the file are done. */
export function tempFolder(): string {
  return mkdtempSync(join(root, "folder-"));
}
