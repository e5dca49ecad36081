/**
 * Opens models in the thread of the test: a worker needs the built package. Files that import this share processes of
 * their own (vitest.config.ts).
 */

import { vi } from "vitest";

vi.mock("../../src/engine/backends/worker-backend.js", async (original) => {
  const { openBackend } = await import("../../src/engine/backends/open-backend.js");
  return { ...(await original<object>()), openWorkerBackend: vi.fn(openBackend) };
});
