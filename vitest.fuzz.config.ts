/** The fuzz run at its full length; `npm test` runs a short one. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/fuzz/**/*.test.ts"],
    setupFiles: ["test/support/each-file.ts"],
    env: { FUZZ_CASES: process.env["FUZZ_CASES"] ?? "20000" },
    pool: "forks",
    maxWorkers: 1,
  },
});
