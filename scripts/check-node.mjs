// Runs the tests that touch Node the most under each version of Node that `engines` names, with the binaries of the npm
// package `node`: node scripts/check-node.mjs [VERSION ...]
import { spawnSync } from "node:child_process";

const VERSIONS = ["20", "22", "24"];
/** Names tests of what depends on Node: ONNX Runtime, DuckDB, plugins through jiti, files, arithmetic. */
const TESTS = [
  "test/base",
  "test/statistics/distributions.test.ts",
  "test/store/database.test.ts",
  "test/sft/graph",
  "test/tasks/plugin.test.ts",
];

const asked = process.argv.slice(2);
const failed = (asked.length > 0 ? asked : VERSIONS).filter((version) => {
  const command = [
    "--yes",
    "-p",
    `node@${version}`,
    "-c",
    `node --version && node node_modules/vitest/vitest.mjs run ${TESTS.join(" ")}`,
  ];
  return spawnSync("npx", command, { stdio: "inherit" }).status !== 0;
});
if (failed.length > 0) {
  console.error(`failed under Node ${failed.join(", ")}`);
  process.exitCode = 1;
}
