/** The checkpoints of a study one by one: specs with wildcards and picked training steps become what they stand for. */

import { loraFolder } from "../checkpoints/lora.js";
import { expandSpec } from "../checkpoints/points.js";
import { isGlob, parseSpec } from "../checkpoints/spec.js";
import { UsageError } from "../errors.js";
import { counted } from "../wording.js";
import type { CheckpointSpec, StudyOptions } from "./options.js";

export interface ListedCheckpoint {
  readonly given: CheckpointSpec;
  /** Commit on the hub, where the list of revisions told it. */
  readonly commit: string | undefined;
}

/**
 * @param onProgress called with a line of text for each spec that stands for several checkpoints
 * @throws UsageError when a spec matches nothing, a step is not there, steps are picked of nothing, or names are not unique
 */
export async function listCheckpoints(
  { checkpoints, steps, offline }: Pick<StudyOptions, "checkpoints" | "steps" | "offline">,
  onProgress: (line: string) => void,
): Promise<ListedCheckpoint[]> {
  const listed: ListedCheckpoint[] = [];
  const names = new Set<string>();
  let picked = false;
  for (const given of checkpoints) {
    const points = given.stage === undefined ? await expandSpec(given.spec, given.revision, steps, offline) : undefined;
    if (points === undefined) {
      if (given.stage !== undefined) refuseGlob(given);
      names.add(given.name);
      listed.push({ given, commit: undefined });
      continue;
    }
    picked = true;
    const [first, last] = [points[0]?.part, points.at(-1)?.part];
    onProgress(`${given.spec}: ${counted(points.length, "checkpoint")}, ${String(first)} to ${String(last)}`);
    for (const { spec, part, name: short, commit } of points) {
      const wanted = given.label === undefined ? short : `${given.label}@${part}`;
      const name = [wanted, spec].find((candidate) => !names.has(candidate));
      if (name === undefined)
        throw new UsageError(`two checkpoints would be named "${wanted}"; name the --model: NAME=${given.spec}`);
      names.add(name);
      listed.push({ given: { ...given, name, spec, revision: undefined }, commit });
    }
  }
  if (steps !== undefined && !picked) {
    throw new UsageError(
      "--steps picks among the revisions of a hub id or the subfolders of a folder; no --model is one",
    );
  }
  return listed;
}

/** A pair is one checkpoint before and one after. */
function refuseGlob({ spec, revision, stage }: CheckpointSpec): void {
  if (loraFolder(spec) !== undefined) return;
  const address = parseSpec(spec, revision);
  if (address.kind === "folder" || !isGlob(address.revision ?? "")) return;
  throw new UsageError(`--${String(stage)} ${spec}: several revisions go with --model; name one revision here`);
}
