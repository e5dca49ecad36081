/**
 * Frees the inputs and outputs of the model, which lie outside JavaScript's heap. V8 lets 64 MB of them gather before
 * it looks for what is no longer used; a worker whose heap is small can look sooner at little cost.
 */

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Collects garbage now. */
export function collectGarbage(): void {
  if (collect === undefined) {
    // The documented way to a function that is otherwise there only when Node is started with a flag.
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}

/**
 * @param limit bytes outside the heap that may have been added since the last time
 * @returns to be called now and then; collects garbage when there is enough of it
 */
export function garbageCollector(limit: number): () => void {
  const outside = () => getHeapStatistics().external_memory;
  let before = outside();
  return () => {
    if (outside() - before < limit) return;
    collectGarbage();
    before = outside();
  };
}
