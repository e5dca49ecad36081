import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", "test/browser/**", "test/servers/**"],
    setupFiles: ["test/support/property-seed.ts"],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    pool: "forks",
    maxWorkers: 2,
    // Colours are decided when the library loads; a CI machine would get them, a pipe would not.
    env: { NO_COLOR: "1" },
  },
});
