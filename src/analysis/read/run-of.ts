/** Tells which training run a checkpoint belongs to. */

import { isAmountAlone, nameBeforeStep, parseTrainingStep, wordsOfRun } from "../../checkpoints/find/training-steps.js";

/** Matches a revision of the hub, with a folder of it: "@step1000", "@main:step-500". */
const REVISION = /@[^@/:]*(?::.*)?$/;

/**
 * Returns the repository or folder of a checkpoint, without revision and step, and what its name says of the run beside
 * its seed: that of "org/name@step1000" is "org/name", of "runs/a/step500-tokens2B" "runs/a", of "org/name@step500-lr3"
 * "org/name, lr3". Stages count steps of their own, so each is a run: "org/name, stage2".
 * @param isTokens true where it is known that an amount such as 100B is of tokens; else it may be the size of a model
 */
export function runOfSpec(spec: string, isTokens = false): string {
  const whole = spec.replace(/\/+$/, "");
  const revision = REVISION.exec(whole)?.[0].slice(1);
  if (revision !== undefined) {
    const [branch = "", ...folders] = revision.split(":");
    const ofBranch = folders.length === 0 || branch === "main" || parseTrainingStep(branch) ? [] : [branch];
    const place = whole.slice(0, -revision.length - 1);
    return [place, ...ofBranch, ...said(folders.join(":") || branch, true)].join(", ");
  }
  const [, folder = "", last = ""] = /^(.*[/:])?([^/:]*)$/.exec(whole) ?? [];
  // A folder that a number names is a step of the folder around it.
  if (folder !== "" && /^\d{1,15}$/.test(last)) return folder.replace(/[/:]+$/, "");
  const before = isAmountAlone(last) && !isTokens ? undefined : nameBeforeStep(last);
  if (before === undefined) return whole;
  return [(folder + before).replace(/[/:]+$/, ""), ...said(last, false)].filter((part) => part !== "").join(", ");
}

/** Returns what the name of a point says of its run, part by part. */
function said(name: string, isRevision: boolean): string[] {
  const { before, behind } = wordsOfRun(name);
  return [isRevision ? before : "", parseTrainingStep(name)?.stage ?? "", behind].filter((part) => part !== "");
}

/**
 * Returns the run that the name of a checkpoint tells: what stands before its revision or step, with the seed that it
 * names; null where it tells none.
 */
export function runOfName(name: string): string | null {
  const run = runOfSpec(name);
  if (run === name.replace(/\/+$/, "")) return null;
  const { seed } = parseTrainingStep(name.slice(name.lastIndexOf("@") + 1)) ?? {};
  return seed === undefined ? run : withSeed(run, seed);
}

/** Names one of several runs that differ in their seed. */
export function withSeed(run: string, seed: string): string {
  const part = `seed ${seed}`;
  return run === "" ? part : run === part || run.endsWith(`, ${part}`) ? run : `${run}, ${part}`;
}
