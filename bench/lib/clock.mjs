// Wall time, or with --clock processor the processor time of all threads: on one thread it says the same also on a
// machine that others use.
import { performance } from "node:perf_hooks";
import { option } from "./requests.mjs";

export const byProcessor = option("clock", "wall") === "processor";

/** Milliseconds since some time. */
export function clock() {
  if (!byProcessor) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
