/** Checks against a real llama.cpp server, which is installed from PyPI; skipped where it cannot be had. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/servers/**/*.test.ts"],
    setupFiles: ["test/support/each-file.ts"],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 1,
  },
});
