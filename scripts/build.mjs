// Compiles src/ to dist/ and copies what code reads beside it: prompt templates, styles and scripts of pages, programs
// in Python. Does nothing where dist/ was built from these very files: npx builds a package again that npm ci has just
// built.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleHyparquet } from "./bundle-hyparquet.mjs";
import { bundleWorker } from "./bundle-worker.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript-7/package.json")), "bin", "tsc");

const sources = [
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "scripts/build.mjs",
  "scripts/bundle-hyparquet.mjs",
  "scripts/bundle-worker.mjs",
  "scripts/hyparquet-of-pages.mjs",
].concat(
  readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort(),
);
const hash = createHash("sha256");
for (const path of sources)
  hash
    .update(path)
    .update("\0")
    .update(readFileSync(join(root, path)))
    .update("\0");
const made = hash.digest("hex");
const stamp = join(root, "dist", ".source");
if (existsSync(stamp) && readFileSync(stamp, "utf8") === made) process.exit(0);

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
cpSync(join(root, "src", "web", "site"), join(next, "web", "site"), {
  recursive: true,
  filter: (path) => !path.endsWith("tsconfig.json"),
});
for (const program of ["sft/trl/driver.py", "engine/backends/offline/run.py", "engine/backends/offline/run_ray.py"])
  cpSync(join(root, "src", program), join(next, program));
await bundleHyparquet(root, next);
await bundleWorker(root, next);
writeFileSync(join(next, ".source"), made);
chmodSync(join(next, "cli", "main.js"), 0o755);
rmSync(join(root, "dist"), { recursive: true, force: true });
renameSync(next, join(root, "dist"));
