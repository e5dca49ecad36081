import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cacheFailure } from "../../src/hub/errors.js";
import { downloadFile, listFiles, resolveRevision } from "../../src/hub/index.js";
import { HubUnavailableError, type HubSettings, type Repo, type RepoFile } from "../../src/hub/index.js";
import { gitBlobId, sha256Of, startHub, type FakeRepo, type HubServer } from "../support/hub-server.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const README = "# tiny\n";
const WEIGHTS = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 31) % 251));
const model: FakeRepo = {
  type: "model",
  id: "org/tiny",
  commit: COMMIT,
  branches: ["main", "step1000", "refs/convert/parquet"],
  files: { "README.md": README, "sub folder/weights.bin": WEIGHTS, "empty.txt": "" },
  large: ["sub folder/weights.bin"],
};
const dataset: FakeRepo = { ...model, type: "dataset", gatedFor: "hf_right" };
const repo: Repo = { type: "model", id: "org/tiny" };
const gated: Repo = { type: "dataset", id: "org/tiny" };

let hub: HubServer;
let settings: HubSettings;
let folder: string;

beforeEach(async () => {
  hub = await startHub([model, dataset], { pageSize: 2 });
  const cacheDir = await mkdtemp(join(tmpdir(), "hub-"));
  settings = { endpoint: hub.endpoint, cacheDir, token: "hf_right", offline: false, retryDelayMs: 1 };
  folder = join(cacheDir, "models--org--tiny");
});
afterEach(async () => {
  await hub.close();
  await chmod(settings.cacheDir, 0o755);
  await rm(settings.cacheDir, { recursive: true });
});

async function entry(path: string, of = repo): Promise<RepoFile> {
  const file = (await listFiles(settings, of, COMMIT)).find((candidate) => candidate.path === path);
  if (!file) throw new Error(`no ${path}`);
  return file;
}
const weights = () => entry("sub folder/weights.bin");
const atCdn = () => hub.seen.filter(({ at }) => at === "cdn");
/**
 * First byte of each request. What is on its way when a connection breaks may be lost: not every piece counts in full.
 */
const rangeStarts = () => atCdn().map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? "bytes=0-")?.[1]));
const blobs = () => readdir(join(folder, "blobs"));

describe("a download", () => {
  test("lays the cache out as huggingface_hub does", async () => {
    expect(await resolveRevision(settings, repo, "main")).toBe(COMMIT);
    const progress: number[] = [];
    const path = await downloadFile(settings, repo, COMMIT, await weights(), (received, total) => {
      expect(total).toBe(WEIGHTS.length);
      progress.push(received);
    });
    expect(path).toBe(join(folder, "snapshots", COMMIT, "sub folder/weights.bin"));
    expect(await readFile(path)).toEqual(WEIGHTS);
    expect(await readlink(path)).toBe(`../../../blobs/${sha256Of(WEIGHTS)}`);
    expect(await readFile(join(folder, "refs/main"), "utf8")).toBe(COMMIT);
    expect(progress.at(-1)).toBe(WEIGHTS.length);

    const readme = await downloadFile(settings, repo, COMMIT, await entry("README.md"));
    expect(await readlink(readme)).toBe(`../../blobs/${gitBlobId(README)}`);
    const empty = await downloadFile(settings, repo, COMMIT, await entry("empty.txt"));
    expect(await readFile(empty, "utf8")).toBe("");
    expect((await blobs()).sort()).toEqual([sha256Of(WEIGHTS), gitBlobId(README), gitBlobId("")].sort());
  });

  test("never shows the token to another host", async () => {
    await downloadFile(settings, repo, COMMIT, await weights());
    expect(atCdn().map(({ authorization }) => authorization)).toEqual([undefined]);
    const own = hub.seen.filter(({ at }) => at === "hub");
    expect(new Set(own.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer hf_right"]));
  });

  test("is not repeated for what is in the cache, nor for what is on its way", async () => {
    const file = await weights();
    await Promise.all([1, 2, 3].map(() => downloadFile(settings, repo, COMMIT, file)));
    await downloadFile(settings, repo, COMMIT, file);
    expect(atCdn()).toHaveLength(1);
  });

  test("goes on where a broken connection left it", async () => {
    const file = await weights();
    hub.fail("cdn", { kind: "cut", after: 150_000 });
    const path = await downloadFile(settings, repo, COMMIT, file);
    expect(await readFile(path)).toEqual(WEIGHTS);
    const starts = rangeStarts();
    expect(starts).toEqual([0, expect.any(Number)]);
    expect(starts[1]).toBeGreaterThan(10_000);
    expect(starts[1]).toBeLessThanOrEqual(150_000);
  });

  test("may break many times as long as it gets on", async () => {
    const file = await weights();
    hub.fail("cdn", ...Array.from({ length: 8 }, () => ({ kind: "cut", after: 10_000 }) as const));
    expect(await readFile(await downloadFile(settings, repo, COMMIT, file))).toEqual(WEIGHTS);
    const starts = rangeStarts();
    expect(starts).toHaveLength(9);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(starts.at(-1)).toBeGreaterThan(10_000);
  });

  test("starts over when the server ignores the range", async () => {
    const file = await weights();
    hub.fail("cdn", { kind: "cut", after: 150_000 }, { kind: "ignore-range" });
    expect(await readFile(await downloadFile(settings, repo, COMMIT, file))).toEqual(WEIGHTS);
  });

  test("starts over when the server refuses the range", async () => {
    const file = await weights();
    hub.fail("cdn", { kind: "cut", after: 150_000 }, { kind: "status", status: 416 });
    expect(await readFile(await downloadFile(settings, repo, COMMIT, file))).toEqual(WEIGHTS);
    expect(atCdn().at(-1)?.range).toBeUndefined();
  });

  test("takes over what a dead process left, and nothing of a live one", async () => {
    const file = await weights();
    await mkdir(join(folder, "blobs"), { recursive: true });
    const left = (name: string) => join(folder, "blobs", `${file.blob}.${name}.incomplete`);
    await writeFile(left("elsewhere-1"), Buffer.alloc(9)); // another host, still writing as far as we know
    await writeFile(left("old"), WEIGHTS.subarray(0, 120_000));
    await utimes(left("old"), 0, 0);
    expect(await readFile(await downloadFile(settings, repo, COMMIT, file))).toEqual(WEIGHTS);
    expect(atCdn().map(({ range }) => range)).toEqual(["bytes=120000-"]);
    expect((await blobs()).sort()).toEqual([file.blob, `${file.blob}.elsewhere-1.incomplete`].sort());
  });

  test("starts over once when what was left does not fit", async () => {
    const file = await weights();
    await mkdir(join(folder, "blobs"), { recursive: true });
    const left = join(folder, "blobs", `${file.blob}.incomplete`);
    await writeFile(left, Buffer.alloc(120_000));
    await utimes(left, 0, 0);
    expect(await readFile(await downloadFile(settings, repo, COMMIT, file))).toEqual(WEIGHTS);
    expect(atCdn().map(({ range }) => range)).toEqual(["bytes=120000-", undefined]);
  });

  test("with wrong bytes is removed and reported", async () => {
    const file = await weights();
    hub.fail("cdn", { kind: "corrupt" });
    await expect(downloadFile(settings, repo, COMMIT, file)).rejects.toThrow(
      /^sub folder\/weights\.bin of model "org\/tiny" has checksum [0-9a-f]{64}, not [0-9a-f]{64}: it arrived corrupt and was removed; run again$/,
    );
    expect(await blobs()).toEqual([]);
    hub.fail("resolve", { kind: "corrupt" });
    await expect(downloadFile(settings, repo, COMMIT, await entry("README.md"))).rejects.toThrow("arrived corrupt");
  });

  test("by two processes at once leaves one right blob", async () => {
    await weights();
    const script = `
      import { downloadFile, listFiles } from ${JSON.stringify(join(import.meta.dirname, "../../src/hub/index.ts"))};
      const settings = ${JSON.stringify(settings)};
      const repo = { type: "model", id: "org/tiny" };
      for (const file of await listFiles(settings, repo, "${COMMIT}")) await downloadFile(settings, repo, "${COMMIT}", file);
    `;
    const jiti = join(import.meta.dirname, "../../node_modules/jiti/lib/jiti-cli.mjs");
    const path = join(settings.cacheDir, "get.mts");
    await writeFile(path, script);
    const codes = await Promise.all(
      [1, 2].map(
        () =>
          new Promise((resolve) => {
            spawn(process.execPath, [jiti, path], { stdio: "inherit" }).on("close", resolve);
          }),
      ),
    );
    expect(codes).toEqual([0, 0]);
    expect(await readFile(join(folder, "snapshots", COMMIT, "sub folder/weights.bin"))).toEqual(WEIGHTS);
    expect((await blobs()).sort()).toEqual([sha256Of(WEIGHTS), gitBlobId(README), gitBlobId("")].sort());
  });
});

describe("requests", () => {
  test("lists all pages, and once", async () => {
    const files = await listFiles(settings, repo, COMMIT);
    expect(files).toEqual([
      { path: "README.md", size: README.length, blob: gitBlobId(README) },
      { path: "sub folder/weights.bin", size: WEIGHTS.length, blob: sha256Of(WEIGHTS), sha256: sha256Of(WEIGHTS) },
      { path: "empty.txt", size: 0, blob: gitBlobId("") },
    ]);
    expect(hub.seen).toHaveLength(2);
    expect(await listFiles(settings, repo, COMMIT)).toEqual(files);
    expect(hub.seen).toHaveLength(2);
  });

  test("encode the revision; a commit needs none", async () => {
    expect(await resolveRevision(settings, repo, "refs/convert/parquet")).toBe(COMMIT);
    expect(hub.seen.map(({ url }) => url)).toEqual(["/api/models/org/tiny/revision/refs%2Fconvert%2Fparquet"]);
    expect(await readFile(join(folder, "refs/refs/convert/parquet"), "utf8")).toBe(COMMIT);
    expect(await resolveRevision(settings, repo, COMMIT)).toBe(COMMIT);
    expect(hub.seen).toHaveLength(1);
  });

  test("are repeated after 500, 429 and broken connections", async () => {
    const file = await weights();
    hub.fail("api", { kind: "status", status: 500 }, { kind: "status", status: 429, headers: { "retry-after": "0" } });
    expect(await resolveRevision(settings, repo, "main")).toBe(COMMIT);
    hub.fail("cdn", { kind: "status", status: 503 }, { kind: "cut", after: 0 });
    expect(await readFile(await downloadFile(settings, repo, COMMIT, file))).toEqual(WEIGHTS);
  });

  test("are given up after four failures", async () => {
    hub.fail("api", ...Array.from({ length: 9 }, () => ({ kind: "status", status: 502 }) as const));
    const attempt = resolveRevision(settings, repo, "main");
    await expect(attempt).rejects.toThrow(`${hub.endpoint} keeps answering 502 (try again later)`);
    await expect(attempt).rejects.toBeInstanceOf(HubUnavailableError);
    expect(hub.seen).toHaveLength(4);
  });

  test("that reach nobody name the endpoint", async () => {
    await hub.close();
    const attempt = resolveRevision(settings, repo, "main");
    await expect(attempt).rejects.toThrow(
      new RegExp(`^cannot reach ${hub.endpoint} \\(connect ECONNREFUSED [^)]*\\); check the network and HF_ENDPOINT$`),
    );
    await expect(attempt).rejects.toBeInstanceOf(HubUnavailableError);
  });

  test("that are answered with something else than the API's JSON fail in one line", async () => {
    hub.fail("api", { kind: "status", status: 200 });
    await expect(resolveRevision(settings, repo, "main")).rejects.toThrow("did not answer with JSON");
  });
});

describe("one line refuses", () => {
  const noToken = () => ({ ...settings, token: undefined });

  test("a gated repository, without a token and with a wrong one", async () => {
    const file = await entry("README.md", gated);
    await expect(downloadFile(noToken(), gated, COMMIT, file)).rejects.toThrow(
      `dataset "org/tiny" needs a token: accept the terms at ${hub.endpoint}/datasets/org/tiny and set HF_TOKEN`,
    );
    await expect(downloadFile({ ...settings, token: "hf_wrong" }, gated, COMMIT, file)).rejects.toThrow(
      `dataset "org/tiny" is closed to this token: accept the terms at ${hub.endpoint}/datasets/org/tiny`,
    );
    expect(await readFile(await downloadFile(settings, gated, COMMIT, file), "utf8")).toBe(README);
  });

  test("a token that is not valid", async () => {
    hub.fail("api", { kind: "status", status: 401 });
    await expect(resolveRevision(settings, repo, "main")).rejects.toThrow(
      `${hub.endpoint} does not accept the token; set HF_TOKEN to a valid one, or unset it`,
    );
  });

  test("a repository that does not exist", async () => {
    const other: Repo = { type: "dataset", id: "org/absent" };
    await expect(resolveRevision(settings, other, "main")).rejects.toThrow(
      `dataset "org/absent" is not on ${hub.endpoint}; check the name`,
    );
    await expect(resolveRevision(noToken(), other, "main")).rejects.toThrow(
      `dataset "org/absent" is not on ${hub.endpoint}, or it needs a token: check the name, or set HF_TOKEN`,
    );
  });

  test("a revision that does not exist, with the nearest one", async () => {
    await expect(resolveRevision(settings, repo, "step100")).rejects.toThrow(
      'model "org/tiny" has no revision "step100"; did you mean "step1000"?',
    );
    const commit = "f".repeat(40);
    await expect(listFiles(settings, repo, commit)).rejects.toThrow(`model "org/tiny" has no revision "${commit}"`);
  });

  test("a file that does not exist", async () => {
    const file = { path: "absent.bin", size: 1, blob: "a".repeat(40) };
    await expect(downloadFile(settings, repo, COMMIT, file)).rejects.toThrow(
      `model "org/tiny" has no file "absent.bin" at revision ${COMMIT}`,
    );
  });

  test.each(["", "a/b/c", "../b", "a/..", "a b"])("%j is no repository", async (id) => {
    await expect(resolveRevision(settings, { type: "model", id }, "main")).rejects.toThrow("expected OWNER/NAME");
  });

  test.each(["", "../main", "/main", "a//b"])("%j is no revision", async (revision) => {
    await expect(resolveRevision(settings, repo, revision)).rejects.toThrow("is not the name of a revision");
    expect(hub.seen).toEqual([]);
  });

  test.each(["../up", "/etc/x", "a/../../b", "a\\b"])("a listing with the path %j", async (path) => {
    await hub.close();
    hub = await startHub([{ ...model, files: { [path]: "x" } }]);
    await expect(listFiles({ ...settings, endpoint: hub.endpoint }, repo, COMMIT)).rejects.toThrow(
      "must match pattern",
    );
  });
});

describe("offline", () => {
  const offline = () => ({ ...settings, offline: true });

  test("works after a download, without a request", async () => {
    await resolveRevision(settings, repo, "main");
    const file = await weights();
    const path = await downloadFile(settings, repo, COMMIT, file);
    const before = hub.seen.length;
    expect(await resolveRevision(offline(), repo, "main")).toBe(COMMIT);
    expect(await listFiles(offline(), repo, COMMIT)).toContainEqual(file);
    expect(await downloadFile(offline(), repo, COMMIT, file)).toBe(path);
    expect(hub.seen).toHaveLength(before);
  });

  test("says what is missing and what to do", async () => {
    const advice = `is not in ${settings.cacheDir}; run once with network access, or copy the cache here`;
    await expect(resolveRevision(offline(), repo, "main")).rejects.toThrow(
      `offline, and revision "main" of model "org/tiny" ${advice}`,
    );
    await expect(listFiles(offline(), repo, COMMIT)).rejects.toThrow(
      `offline, and model "org/tiny" at ${COMMIT} ${advice}`,
    );
    const file = await weights();
    await expect(downloadFile(offline(), repo, COMMIT, file)).rejects.toThrow(
      `offline, and sub folder/weights.bin of model "org/tiny" at ${COMMIT} ${advice}`,
    );
    expect(await readdir(settings.cacheDir)).toEqual(["models--org--tiny"]);
  });

  test("lists a snapshot that another program downloaded", async () => {
    const path = await downloadFile(settings, repo, COMMIT, await weights());
    await rm(join(folder, "listings"), { recursive: true });
    const [file] = await listFiles(offline(), repo, COMMIT);
    expect(file).toEqual({ path: "sub folder/weights.bin", size: WEIGHTS.length, blob: sha256Of(WEIGHTS) });
    expect(await downloadFile(offline(), repo, COMMIT, file as RepoFile)).toBe(path);
  });
});

describe("the disk", () => {
  const failed = (code: string) => Object.assign(new Error(`${code}: write`), { code, syscall: "write" });

  test("full, or not ours to write", () => {
    expect(cacheFailure(settings, failed("ENOSPC"))).toMatchObject({
      message: `no space left for the hub cache ${settings.cacheDir}; free some, or set HF_HUB_CACHE to a larger disk`,
    });
    expect(cacheFailure(settings, failed("EROFS"))).toMatchObject({
      message: `cannot write to the hub cache ${settings.cacheDir} (EROFS); set HF_HUB_CACHE to a folder you can write to`,
    });
    const other = new Error("a bug");
    expect(cacheFailure(settings, other)).toBe(other);
  });

  test("a cache path that is a file", async () => {
    const blocked = { ...settings, cacheDir: join(settings.cacheDir, "file") };
    await writeFile(blocked.cacheDir, "");
    const file = await weights();
    await expect(downloadFile(blocked, repo, COMMIT, file)).rejects.toThrow(
      `the hub cache ${blocked.cacheDir} failed: `,
    );
  });

  // The superuser may write anywhere, so the test would prove nothing there.
  test.skipIf(process.getuid?.() === 0)("a read-only cache", async () => {
    await mkdir(dirname(folder), { recursive: true });
    await chmod(settings.cacheDir, 0o555);
    expect(await resolveRevision(settings, repo, "main")).toBe(COMMIT);
    const file = await weights();
    await expect(downloadFile(settings, repo, COMMIT, file)).rejects.toThrow(
      /^cannot write to the hub cache .* \(EACCES\)/,
    );
  });
});
