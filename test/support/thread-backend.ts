/**
 * Stands for src/engine/backends/worker-backend.ts where a test file imports it: the same backend in the thread of the
 * test, as a worker needs the built package (vitest.config.ts puts it in its place).
 */

export { openBackend as openWorkerBackend } from "../../src/engine/backends/open-backend.js";
export * from "../../src/engine/backends/worker-backend.js";
