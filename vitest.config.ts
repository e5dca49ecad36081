import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Lists what `npm test` leaves to commands of their own. */
const ELSEWHERE = ["real/", "browser/", "servers/"];

/** Lists the folders whose files share two processes: to load the modules anew for each file took half of their time. */
const SHARING = [
  "base/", "datasets/", "house/", "hub/", "importers/", "leaderboard/", "metrics/", "statistics/", "store/", "tasks/",
  "templates/",
]; // prettier-ignore

const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .filter((file) => !ELSEWHERE.some((folder) => file.startsWith(folder)))
  .map((file) => `test/${file}`);

/** Tells whether a file shares a process: one that puts a module in the place of another needs modules of its own. */
function sharing(file: string): boolean {
  const inside = SHARING.some((folder) => file.startsWith(`test/${folder}`));
  return inside && !readFileSync(file, "utf8").includes("vi.mock(");
}

const common = {
  setupFiles: ["test/support/property-seed.ts", "test/support/each-file.ts"],
  testTimeout: 180_000,
  hookTimeout: 300_000,
  pool: "forks" as const,
  maxWorkers: 2,
  // Colours are decided when the library loads; a CI machine would get them, a pipe would not.
  env: { NO_COLOR: "1" },
};

export default defineConfig({
  test: {
    projects: [
      { test: { ...common, name: "shared", include: files.filter(sharing), isolate: false } },
      {
        test: {
          ...common,
          name: "apart",
          include: files.filter((file) => !sharing(file)),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
