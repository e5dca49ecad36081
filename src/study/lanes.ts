/** Decides which checkpoints are run side by side: those of started servers are shared out over the GPUs. */

import type { EngineGroup } from "./groups.js";

/**
 * Runs one group after the other, or as many side by side as there are GPUs, where servers are started for all of them.
 * Each has a server on every GPU of its part: those that are free, divided by the groups that are left.
 * @param run resolves to false where no other group is to begin; `next` returns the place of the one that comes next
 * @throws what the first failing call of `run` throws, when all that run have ended
 */
export async function runInLanes(
  groups: readonly EngineGroup[],
  run: (place: number, next: () => number) => Promise<boolean>,
): Promise<void> {
  const gpus = gpusOf(groups);
  const free = [...gpus];
  let next = 0;
  let goesOn = true;
  const lane = async () => {
    while (goesOn && next < groups.length) {
      const place = next++;
      const own = free.splice(0, Math.ceil(free.length / (groups.length - place)));
      if (own.length > 0) groups[place]?.engine.server?.started?.take(own);
      try {
        if (!(await run(place, () => next))) goesOn = false;
      } catch (error) {
        goesOn = false;
        throw error;
      } finally {
        free.push(...own);
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanesOf(groups) }, lane));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

/** Counts the groups that are run side by side. */
export function lanesOf(groups: readonly EngineGroup[]): number {
  return Math.max(1, Math.min(gpusOf(groups).length, groups.length));
}

/** Lists the GPUs that are shared out; none where one of the groups needs no server of its own. */
function gpusOf(groups: readonly EngineGroup[]): readonly string[] {
  if (groups.some(({ engine }) => engine.server?.started === undefined)) return [];
  return groups[0]?.engine.server?.started?.gpus ?? [];
}
