/** Provides the last built-in checkpoint as one folder: configuration, weights and tokenizer side by side. */

import { cpSync } from "node:fs";
import { join } from "node:path";
import { builtinCheckpoint } from "../../src/checkpoints/find/builtin.js";
import { tempFolder } from "./temp-folder.js";

/** Returns a copy of its own for every call. */
export function builtinFolder(revision?: string): string {
  const { root, subfolder } = builtinCheckpoint(revision);
  const folder = tempFolder();
  cpSync(join(root, subfolder), folder, { recursive: true });
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) cpSync(join(root, name), join(folder, name));
  return folder;
}
