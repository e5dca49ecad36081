/** Tells which training run a checkpoint belongs to. */

/** Matches what ends the name of a checkpoint of a run: "checkpoint-500", "step1000", "iter_20". */
const STEP = /[-_./@ ]*(?:step|checkpoint|ckpt|iter(?:ation)?|epoch)[-_]?\d+[km]?$/i;

/**
 * Returns the repository or folder of a checkpoint, without revision and step: that of "org/name@step1000" is
 * "org/name", that of "runs/a/checkpoint-500" is "runs/a".
 */
export function runOfSpec(spec: string): string {
  return spec
    .replace(/@[^@/]*$/, "")
    .replace(STEP, "")
    .replace(/\/+$/, "");
}

/**
 * Returns the run that the name of a checkpoint tells: what stands before its revision or step; null where it tells
 * none.
 */
export function runOfName(name: string): string | null {
  return /@[^@/]*$/.test(name) || STEP.test(name) ? runOfSpec(name) : null;
}
