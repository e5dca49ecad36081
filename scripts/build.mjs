// Compiles src/ to dist/ and copies what code reads beside it: prompt templates, styles and scripts of pages, programs in Python.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");

// Built beside its place and swapped in, so that a failed or interrupted build leaves the old one.
const next = join(root, "dist.next");
rmSync(next, { recursive: true, force: true });
execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", next], { stdio: "inherit" });
cpSync(join(root, "src", "templates"), join(next, "templates"), {
  recursive: true,
  filter: (path) => !path.endsWith(".ts"),
});
cpSync(join(root, "src", "reports", "page"), join(next, "reports", "page"), {
  recursive: true,
  filter: (path) => !/\.ts$|tsconfig\.json$/.test(path),
});
for (const program of ["sft/trl/driver.py", "engine/backends/offline/run.py", "engine/backends/offline/run_ray.py"])
  cpSync(join(root, "src", program), join(next, program));
chmodSync(join(next, "cli", "main.js"), 0o755);
rmSync(join(root, "dist"), { recursive: true, force: true });
renameSync(next, join(root, "dist"));
