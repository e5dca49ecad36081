/** Which checkpoints of a study run on one engine: a base and its LoRA adapters share the weights. */

import type { ResolvedCheckpoint } from "../checkpoints/resolve.js";
import type { EngineOptions } from "../engine/open.js";
import type { Answerer, Engine } from "../engine/types.js";
import type { Plan, StudyCheckpoint } from "./plan.js";

export interface EngineGroup {
  readonly engine: EngineOptions;
  /** Where the weights are. */
  readonly resolved: ResolvedCheckpoint;
  /** In the order of the study. */
  readonly checkpoints: readonly StudyCheckpoint[];
}

/** One group per folder of weights, in the order in which the study first names them. */
export function engineGroups({
  checkpoints,
  options: { device, threads, memory },
}: Pick<Plan, "checkpoints" | "options">): EngineGroup[] {
  const folders = [...new Set(checkpoints.map(({ resolved }) => resolved.folder))];
  return folders.map((folder) => {
    const members = checkpoints.filter(({ resolved }) => resolved.folder === folder);
    const adapters = new Set(members.flatMap(({ adapter }) => (adapter === undefined ? [] : [adapter])));
    const { resolved } = members[0] as StudyCheckpoint;
    const { tokenizerFolder } = resolved;
    return {
      engine: { folder, tokenizerFolder, device, threads, memory, adapters: [...adapters] },
      resolved,
      checkpoints: members,
    };
  });
}

/** What answers for a checkpoint on the engine of its group. */
export function answererOf(engine: Engine, { adapter }: StudyCheckpoint): Answerer {
  return adapter === undefined ? engine : engine.adapted(adapter);
}
