/** Tells which training run a checkpoint belongs to. */

import { isAmountAlone, nameBeforeStep } from "../../checkpoints/find/training-steps.js";

/** Matches a revision of the hub, with a folder of it: "@step1000", "@main:step-500". */
const REVISION = /@[^@/:]*(?::.*)?$/;

/**
 * Returns the repository or folder of a checkpoint, without revision and step: that of "org/name@step1000" is
 * "org/name", that of "runs/a/step500-tokens2B" is "runs/a".
 * @param isTokens true where it is known that an amount such as 100B is of tokens; else it may be the size of a model
 */
export function runOfSpec(spec: string, isTokens = false): string {
  const bare = spec.replace(REVISION, "").replace(/\/+$/, "");
  const [, folder = "", last = ""] = /^(.*[/:])?([^/:]*)$/.exec(bare) ?? [];
  // A folder that a number names is a step of the folder around it.
  const before =
    folder !== "" && /^\d{1,15}$/.test(last) ? "" : isAmountAlone(last) && !isTokens ? undefined : nameBeforeStep(last);
  return before === undefined ? bare : (folder + before).replace(/[/:]+$/, "");
}

/**
 * Returns the run that the name of a checkpoint tells: what stands before its revision or step; null where it tells
 * none.
 */
export function runOfName(name: string): string | null {
  const run = runOfSpec(name);
  return run === name.replace(/\/+$/, "") ? null : run;
}
