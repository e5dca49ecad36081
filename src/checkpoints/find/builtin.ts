/**
 * Lists the built-in checkpoints: points of the training of a small Llama that come with the package. Its text, about
 * an invented world, and its weights are made by scripts/pretrain-builtin/pretrain-builtin.mjs.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { didYouMean, UsageError } from "../../base/errors.js";
import { PACKAGE_ROOT } from "../../base/package-info.js";
import { trainingSteps } from "./training-steps.js";

/** Holds the note that every output of the built-in checkpoints carries. */
export const BUILTIN_NOTE = "a very small model of an invented world, made to show what the program does";

/** Holds the tokenizer, and a folder for each checkpoint. */
const ROOT = join(PACKAGE_ROOT, "models", "builtin");

/** Names of the checkpoints, step25 and so on, in the order of training. */
export function builtinRevisions(): string[] {
  return trainingSteps(readdirSync(ROOT)).map(({ name }) => name);
}

/**
 * Tells where a checkpoint lies.
 * @param revision one of builtinRevisions; "main", or none, is the last
 * @returns the folder with the tokenizer, and the subfolder with configuration and weights
 * @throws UsageError for another revision
 */
export function builtinCheckpoint(revision = "main"): { readonly root: string; readonly subfolder: string } {
  const revisions = builtinRevisions();
  const subfolder = revision === "main" ? revisions.at(-1) : revisions.find((name) => name === revision);
  if (subfolder === undefined) {
    throw new UsageError(`builtin has no revision "${revision}"${didYouMean(revision, ["main", ...revisions])}`);
  }
  return { root: ROOT, subfolder };
}
