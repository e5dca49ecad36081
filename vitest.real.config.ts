/** Checks against real rows and a real checkpoint beside the checkout (../shared); skipped where there are none. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/real/**/*.test.ts"],
    setupFiles: ["test/support/each-file.ts"],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
