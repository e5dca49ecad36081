import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { claimPartial, removeAbandoned } from "../../src/hub/partial.js";

const host = hostname().replace(/[^\w-]/g, "_");
const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;

async function blobPath(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), "partial-")), "b10b");
}

test("the longest file of a process that ended is taken over", async () => {
  const blob = await blobPath();
  await writeFile(`${blob}.${host}-${deadPid()}.incomplete`, "12345");
  await writeFile(`${blob}.${host}-${deadPid()}.incomplete`, "123");
  const own = await claimPartial(blob);
  expect(basename(own)).toBe(`b10b.${host}-${process.pid}.incomplete`);
  expect(await readFile(own, "utf8")).toBe("12345");
  await removeAbandoned(blob);
  expect(await readdir(join(blob, ".."))).toEqual([basename(own)]);
});

test("the file of a live process, or of another host, stays its own until it has been still for long", async () => {
  const blob = await blobPath();
  const others = [`${blob}.${host}-${process.ppid}.incomplete`, `${blob}.elsewhere-7.incomplete`];
  for (const path of others) await writeFile(path, "123");
  await claimPartial(blob);
  expect((await readdir(join(blob, ".."))).sort()).toEqual(others.map((path) => basename(path)).sort());
  await utimes(others[1] ?? "", 0, 0);
  expect(await readFile(await claimPartial(blob), "utf8")).toBe("123");
});

test("of two that claim at once, one gets the file", async () => {
  const blob = await blobPath();
  await writeFile(`${blob}.${host}-${deadPid()}.incomplete`, "12345");
  const [first, second] = await Promise.all([claimPartial(blob), claimPartial(blob)]);
  expect(first).toBe(second);
  expect(await readFile(first, "utf8")).toBe("12345");
});
