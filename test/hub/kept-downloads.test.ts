/** Tests what is deleted from the cache, and what is not. */

import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { downloadFile, KeptDownloads, listFiles, type HubSettings, type Snapshot } from "../../src/hub/index.js";
import { sha256Of, startHub, type FakeRepo, type HubServer } from "../support/hub-server.js";
import { tempFolder } from "../support/temp-folder.js";

const repo = { type: "model", id: "org/run" } as const;
const commit = (i: number) => String(i).repeat(40);
/** Returns files of a commit: weights of its own, a file that all share, and one that it shares with its neighbour. */
const files = (i: number) => ({ weights: `weights ${i}`, shared: "tokenizer", pair: `pair ${Math.floor(i / 2)}` });
const commits = [1, 2, 3, 4].map((i): FakeRepo => ({ ...repo, commit: commit(i), branches: [], files: files(i) }));
const large = commits.map((one) => ({ ...one, large: ["weights", "shared", "pair"] }));

let hub: HubServer;
let settings: HubSettings;
let notes: string | undefined;
const notesFile = {
  read: () => Promise.resolve(notes),
  write: (text: string) => {
    notes = text;
    return Promise.resolve();
  },
};
beforeEach(async () => {
  hub = await startHub(large);
  notes = undefined;
  settings = { endpoint: hub.endpoint, cacheDir: tempFolder(), token: undefined, offline: false, retryDelayMs: 1 };
});
afterEach(() => hub.close());

const snapshot = async (i: number): Promise<Snapshot> => {
  const all = await listFiles(settings, repo, commit(i));
  return { settings, repo, commit: commit(i), files: all };
};
const open = (limit: number) => KeptDownloads.open(settings, limit, notesFile);
async function download(i: number): Promise<void> {
  const { files: all } = await snapshot(i);
  for (const file of all) await downloadFile(settings, repo, commit(i), file);
}
async function use(kept: KeptDownloads, i: number): Promise<void> {
  const leave = await kept.hold(await snapshot(i));
  await download(i);
  leave();
}
const folder = () => join(settings.cacheDir, "models--org--run");
const contents = async () => {
  const names = await readdir(join(folder(), "blobs")).catch(() => []);
  return (await Promise.all(names.map((name) => readFile(join(folder(), "blobs", name), "utf8")))).sort();
};
const shown = async (i: number) => (await readdir(join(folder(), "snapshots", commit(i))).catch(() => [])).sort();

describe("of what a study downloads", () => {
  test("at most the given number is on disk, the oldest goes first, and what others need stays", async () => {
    const kept = await open(2);
    await use(kept, 1);
    await use(kept, 2);
    expect(await contents()).toEqual(["pair 0", "pair 1", "tokenizer", "weights 1", "weights 2"]);
    await use(kept, 3);
    expect(await contents()).toEqual(["pair 1", "tokenizer", "weights 2", "weights 3"]);
    await use(kept, 4);
    expect(await contents()).toEqual(["pair 1", "pair 2", "tokenizer", "weights 3", "weights 4"]);
    expect(await shown(2)).toEqual([]);
    expect((await readdir(join(folder(), "listings"))).length).toBe(4);
    await kept.finish();
    expect(await shown(3)).toEqual(["pair", "shared", "weights"]);
  });

  test("what the next one needs is not deleted to be downloaded again", async () => {
    const kept = await open(1);
    for (const i of [1, 2, 3]) await use(kept, i);
    expect(await contents()).toEqual(["pair 1", "tokenizer", "weights 3"]);
    const requests = hub.seen.filter(({ at, url }) => at === "cdn" && url.endsWith("/shared"));
    expect(requests).toHaveLength(1);
  });

  test("none stays with a limit of 0, once nothing is in use", async () => {
    const kept = await open(0);
    await use(kept, 1);
    await use(kept, 2);
    expect(await contents()).toContain("weights 2");
    await kept.finish();
    expect(await contents()).toEqual([]);
  });

  test("what is in use stays, however many others come", async () => {
    const kept = await open(1);
    const leave = await kept.hold(await snapshot(1));
    await download(1);
    for (const i of [2, 3]) await use(kept, i);
    expect(await contents()).toEqual(["pair 0", "pair 1", "tokenizer", "weights 1", "weights 3"]);
    leave();
    await use(kept, 4);
    expect(await contents()).toEqual(["pair 2", "tokenizer", "weights 4"]);
  });

  test("two that come at the same time are both kept", async () => {
    const kept = await open(2);
    const [one, two] = [await snapshot(1), await snapshot(3)];
    await Promise.all([kept.hold(one), kept.hold(two)]);
    await Promise.all([download(1), download(3)]);
    await use(kept, 4);
    expect(await contents()).toEqual(expect.arrayContaining(["weights 1", "weights 3", "weights 4"]));
  });

  test("a later run of the study knows what an earlier one brought", async () => {
    await use(await open(2), 1);
    await (await open(2)).hold(await snapshot(2)); // killed before the download
    expect(await contents()).toEqual(["pair 0", "tokenizer", "weights 1"]);
    const later = await open(2);
    await use(later, 2);
    await use(later, 3);
    expect(await contents()).toEqual(["pair 1", "tokenizer", "weights 2", "weights 3"]);
    await (await open(0)).finish();
    expect(await contents()).toEqual([]);
  });

  test("one that is used again counts as the newest", async () => {
    const kept = await open(2);
    for (const i of [1, 2, 1, 3]) await use(kept, i);
    expect(await shown(1)).toHaveLength(3);
    expect(await shown(2)).toEqual([]);
  });
});

describe("is never deleted:", () => {
  test("what was there before", async () => {
    await download(1);
    const kept = await open(0);
    for (const i of [1, 2, 3]) await use(kept, i);
    await kept.finish();
    expect(await contents()).toEqual(["pair 0", "tokenizer", "weights 1"]);
    expect(await shown(1)).toEqual(["pair", "shared", "weights"]);
  });

  test("a blob that another program's snapshot shows", async () => {
    const kept = await open(0);
    await use(kept, 1);
    const link = join(folder(), "snapshots", commit(9), "sub", "weights");
    await mkdir(dirname(link), { recursive: true });
    await symlink(`../../../blobs/${sha256Of("weights 1")}`, link);
    await kept.finish();
    expect(await contents()).toEqual(["weights 1"]);
    expect(await readFile(link, "utf8")).toBe("weights 1");
  });

  test("anything of another cache, or named by damaged notes", async () => {
    await use(await open(0), 1);
    const before = JSON.parse(notes ?? "") as { cache: string; own_files: string[]; held: { files: string[] }[] };
    notes = JSON.stringify({ ...before, cache: "/elsewhere" });
    await (await open(0)).finish();
    const outside = join(settings.cacheDir, "mine");
    await writeFile(outside, "mine");
    const path = `models--org--run/snapshots/${commit(1)}/../../../mine`;
    notes = JSON.stringify({ ...before, own_files: [path], held: [{ files: [path], blobs: [] }] });
    await (await open(0)).finish();
    notes = "{";
    await (await open(0)).finish();
    expect(await contents()).toHaveLength(3);
    expect(await readFile(outside, "utf8")).toBe("mine");
  });
});
