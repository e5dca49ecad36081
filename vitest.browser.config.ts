import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    setupFiles: ["test/support/each-file.ts"],
    testTimeout: 120_000,
    hookTimeout: 600_000,
    pool: "forks",
    // One browser at a time: two would fight for the processor.
    maxWorkers: 1,
    fileParallelism: false,
  },
});
