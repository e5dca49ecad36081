// Packs the package, installs the tarball in an empty folder, and runs every program of docs/library.md there, as a
// reader would: node scripts/check-package.mjs (npm run check:package). Prints what the installation holds and takes.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "amuro-package-"));

/** Packs the built package; returns the path of the tarball and its size in bytes. */
function pack() {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const listing = JSON.parse(
    execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
  // npm 11.19 names its listings by package; older ones give a list.
  const [{ filename, size, unpackedSize, entryCount }] = Object.values(listing);
  console.log(`tarball: ${megabytes(size)} MB, unpacked ${megabytes(unpackedSize)} MB, ${entryCount} files`);
  return join(folder, filename);
}

function install(tarball) {
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const start = performance.now();
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", tarball], {
    cwd: folder,
    env,
    stdio: "ignore",
  });
  const seconds = (performance.now() - start) / 1000;
  const { packages } = JSON.parse(readFileSync(join(folder, "node_modules/.package-lock.json"), "utf8"));
  const size = execFileSync("du", ["-sm", "node_modules"], { cwd: folder, encoding: "utf8" }).split("\t")[0];
  console.log(`installed: ${Object.keys(packages).length} packages, ${size} MB, ${seconds.toFixed(1)} s`);
}

/** Runs a program in a folder of its own; tells whether it ended well and wrote nothing to stderr. */
function runs(code, name) {
  const home = join(folder, name);
  mkdirSync(home);
  writeFileSync(join(home, "program.mjs"), code);
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["program.mjs"], { cwd: home, encoding: "utf8" });
  const right = status === 0 && stderr === "";
  console.log(
    `${name}: ${right ? "runs" : `fails (${status})\n${stderr}`} ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
  return right;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}

try {
  install(pack());
  const page = readFileSync(join(root, "docs/library.md"), "utf8");
  const programs = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const failed = programs.filter((code, i) => !runs(code, `program-${i + 1}`));
  if (programs.length === 0 || failed.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
