/** Tests that the variables which the program reads are those of docs/environment.md. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { proxyFor } from "../../src/base/proxy.js";

const ROOT = join(import.meta.dirname, "../..");
const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name: name.replaceAll("\\", "/"), text: readFileSync(join(ROOT, "src", name), "utf8") }));
const reading = sources.filter(({ text }) => /process\.env|ProcessEnv/.test(text));

/** Names in the first column of the table. */
const documented = readFileSync(join(ROOT, "docs/environment.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));

/** Names in quotes that only variables of an environment have. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|HOME|USERPROFILE|PATH|COLUMNS)"/g)].map(
    ([, name = ""]) => name,
  );
}

/** Lists the variables of proxies that are asked for, made from the schemes of addresses. */
function proxyNames(): string[] {
  const asked = new Set<string>();
  const env = new Proxy<NodeJS.ProcessEnv>({}, { get: (_, name) => void asked.add(String(name)) });
  for (const url of ["http://a.example", "https://a.example"]) proxyFor(new URL(url), env);
  return [...asked].filter((name) => name === name.toUpperCase());
}

test("only these files read the environment", () => {
  expect(reading.map(({ name }) => name).sort()).toEqual([
    "base/proxy.ts",
    "checkpoints/find/adapter-place.ts",
    "checkpoints/find/points.ts",
    "checkpoints/find/resolve.ts",
    "checkpoints/find/tokenizer-place.ts",
    "cli/commands/doctor.ts",
    "cli/doctor/hub.ts",
    "cli/doctor/servers.ts",
    "cli/main.ts",
    "cli/output/console.ts",
    "datasets/load.ts",
    "engine/backends/servers/keeper.ts",
    "engine/backends/servers/keys.ts",
    "engine/backends/telemetry.ts",
    "hub/settings.ts",
    "library/evaluate-plan.ts",
  ]);
});

test("every variable that they read is in the table of docs/environment.md, and no other", () => {
  const read = new Set([...reading.flatMap(({ text }) => namesIn(text)), ...proxyNames()]);
  expect([...new Set(documented)].sort()).toEqual([...read].sort());
  expect(documented).toHaveLength(new Set(documented).size);
});
