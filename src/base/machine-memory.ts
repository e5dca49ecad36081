/** Finds how much memory this process may take. */

import { totalmem } from "node:os";

/**
 * Finds the bytes of memory that the control group of the process is limited to, as of a container or a cluster's job;
 * undefined for none.
 */
export function groupLimit(): number | undefined {
  const limit = process.constrainedMemory();
  // Without a limit the kernel says a number larger than any memory.
  return limit > 0 && limit < totalmem() ? limit : undefined;
}

/** Finds the bytes of memory of the machine, or of the process's share of it. */
export function machineMemory(): number {
  return groupLimit() ?? totalmem();
}
