import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadRows, type DataSource, type ResolvedDataset } from "../../src/datasets/index.js";
import { startHub, type HubServer } from "../support/hub-server.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const jsonl = (...questions: string[]) => questions.map((question) => `${JSON.stringify({ question })}\n`).join("");
const rows = (...questions: string[]) => questions.map((question) => ({ question }));

let dir: string;
let dataset: ResolvedDataset & { folder: string };
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "load-"));
  const folder = join(dir, "bundled");
  await mkdir(folder);
  dataset = {
    folder,
    description: {
      licence: "CC0-1.0",
      columns: { question: "string" },
      hub: { id: "org/kites", revision: "main", files: { test: "data/test-*.parquet", train: "data/train*.jsonl" } },
      splits: { eval: "test", train: "train" },
    },
  };
});
afterEach(() => rm(dir, { recursive: true }));

const write = (name: string, content: string) => writeFile(join(dir, name), content);

describe("sample", () => {
  const sample: DataSource = { kind: "sample" };

  test("has both files, or one", async () => {
    await write("bundled/sample.jsonl", jsonl("a", "b"));
    expect(await loadRows("kites", dataset, sample)).toEqual({
      evalRows: rows("a", "b"),
      trainRows: undefined,
      origin: "sample",
      evalSource: join(dir, "bundled/sample.jsonl"),
      trainSource: undefined,
      revision: undefined,
      licence: "Apache-2.0",
    });
    await write("bundled/sample.train.jsonl", jsonl("c"));
    expect(await loadRows("kites", dataset, sample)).toMatchObject({ trainRows: rows("c") });
  });

  test("a task without a bundled sample is skipped", async () => {
    expect(await loadRows("kites", dataset, sample)).toEqual({ skipped: "no bundled sample for kites" });
    const { description } = dataset;
    expect(await loadRows("kites", { description }, sample)).toEqual({ skipped: "no bundled sample for kites" });
  });
});

describe("folder", () => {
  const load = (of: ResolvedDataset = dataset) => loadRows("kites", of, { kind: "folder", path: dir });

  test("holds a file of the task, whatever its format", async () => {
    await write("kites.csv", "question\na\n");
    await write("kites.train.jsonl", jsonl("c"));
    expect(await load()).toEqual({
      evalRows: rows("a"),
      trainRows: rows("c"),
      origin: "folder",
      evalSource: join(dir, "kites.csv"),
      trainSource: join(dir, "kites.train.jsonl"),
      revision: undefined,
      licence: undefined,
    });
  });

  test("holds a packed file, or a folder of Parquet parts, but not both", async () => {
    await writeFile(join(dir, "kites.jsonl.gz"), gzipSync(jsonl("a")));
    expect(await load()).toMatchObject({ evalRows: rows("a"), evalSource: join(dir, "kites.jsonl.gz") });
    await mkdir(join(dir, "kites/year=2024"), { recursive: true });
    expect(await load()).toMatchObject({ evalRows: rows("a") });
    await copyFile(
      join(import.meta.dirname, "../fixtures/parquet/snappy.parquet"),
      join(dir, "kites/year=2024/a.parquet"),
    );
    await expect(load()).rejects.toThrow(
      `${join(dir, "kites.jsonl.gz")} and ${join(dir, "kites")} are both rows of kites; keep one of them`,
    );
    await rm(join(dir, "kites.jsonl.gz"));
    expect(await load()).toMatchObject({ origin: "folder", evalSource: join(dir, "kites") });
  });

  test("that has no file of the task is refused", async () => {
    expect(await load()).toEqual({ skipped: `no kites.jsonl, .csv or .parquet in ${dir}` });
  });

  test("that has two files of the task is refused", async () => {
    await write("kites.csv", "question\na\n");
    await write("kites.jsonl", jsonl("a"));
    const both = `${join(dir, "kites.jsonl")} and ${join(dir, "kites.csv")} are both rows of kites; keep one of them`;
    await expect(load()).rejects.toThrow(both);
  });

  test("that does not exist is refused", async () => {
    const absent = join(dir, "absent");
    await expect(loadRows("kites", dataset, { kind: "folder", path: absent })).rejects.toThrow(
      `${absent} is not a folder; --data takes sample, builtin, hub or a folder`,
    );
  });
});

describe("a plugin's own files", () => {
  test("are used, unless the folder has rows for the task", async () => {
    await write("own.jsonl", jsonl("own"));
    await write("own.train.csv", "question\nshot\n");
    const files = { eval: { paths: [join(dir, "own.jsonl")] }, train: { paths: [join(dir, "own.train.csv")] } };
    const plugin = { description: { columns: dataset.description.columns, licence: "MIT" }, files };
    const expected = { evalRows: rows("own"), trainRows: rows("shot"), origin: "plugin", licence: "MIT" };
    const sources: DataSource[] = [{ kind: "sample" }, { kind: "hub", offline: true }, { kind: "folder", path: dir }];
    for (const source of sources) expect(await loadRows("kites", plugin, source)).toMatchObject(expected);
    await write("kites.jsonl", jsonl("mine"));
    expect(await loadRows("kites", plugin, { kind: "folder", path: dir })).toMatchObject({ evalRows: rows("mine") });
  });
});

describe("hub", () => {
  let hub: HubServer;
  let env: NodeJS.ProcessEnv;
  const files: Record<string, string | Buffer> = {};
  beforeEach(async () => {
    const parquet = await readFile(join(import.meta.dirname, "../fixtures/parquet/snappy.parquet"));
    for (const shard of [0, 1]) files[`data/test-0000${shard}-of-00002.parquet`] = parquet;
    files["data/train.jsonl"] = jsonl("shot");
    files["data/train2.jsonl"] = jsonl("never asked for");
    hub = await startHub([
      { type: "dataset", id: "org/kites", commit: COMMIT, branches: ["main"], files, large: Object.keys(files) },
    ]);
    env = { HOME: dir, HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(dir, "cache") };
  });
  afterEach(() => hub.close());

  const load = (of: ResolvedDataset = dataset, offline = false) => loadRows("kites", of, { kind: "hub", offline }, env);
  const on = (change: object): ResolvedDataset => ({ description: { ...dataset.description, ...change } });
  const repository = (patterns: Record<string, string>, revision = "main") => ({
    id: "org/kites",
    revision,
    files: patterns,
  });

  test("all shards to evaluate, the first file to draw shots from, each read once", async () => {
    const loaded = await load();
    expect(loaded).toMatchObject({
      trainRows: rows("shot"),
      origin: "hub",
      evalSource: "org/kites@main data/test-*.parquet",
      trainSource: "org/kites@main data/train.jsonl",
      revision: COMMIT,
      licence: "CC0-1.0",
    });
    expect("evalRows" in loaded && loaded.evalRows).toHaveLength(12);
    const requests = hub.seen.length;
    await Promise.all([load(), load()]);
    expect(hub.seen).toHaveLength(requests);
  });

  test("one split for both leaves the shots to the evaluation rows", async () => {
    const single = on({ hub: repository({ train: "data/train*.jsonl" }), splits: { eval: "train", train: "train" } });
    const evalRows = [...rows("shot"), ...rows("never asked for")];
    expect(await load(single)).toMatchObject({ evalRows, trainRows: undefined, trainSource: undefined });
  });

  test("offline after a download", async () => {
    await load();
    await hub.close();
    expect(await load(dataset, true)).toMatchObject({ trainRows: rows("shot"), revision: COMMIT });
  });

  test("offline before one, and no connection, name the other sources", async () => {
    const others = "; without the hub, use --data sample (bundled rows) or --data DIR (files of your own)";
    await expect(load(dataset, true)).rejects.toThrow(
      `offline, and revision "main" of dataset "org/kites" is not in ${join(dir, "cache")}; run once with network access`,
    );
    await expect(load(dataset, true)).rejects.toThrow(others);
    await hub.close();
    await expect(load()).rejects.toThrow(`cannot reach ${hub.endpoint} (`);
  }, 20_000);

  test("a part of the shards is not taken for the whole", async () => {
    await load();
    const cache = join(dir, "cache/datasets--org--kites");
    await rm(join(cache, "listings"), { recursive: true });
    await rm(join(cache, "snapshots", COMMIT, "data/test-00001-of-00002.parquet"));
    await rm(join(cache, "refs"), { recursive: true });
    const pinned = on({ hub: repository({ test: "data/test-*.parquet" }, COMMIT), splits: { eval: "test" } });
    await expect(load(pinned, true)).rejects.toThrow(
      `only 1 of the 2 files "data/test-*.parquet" of org/kites@${COMMIT} are in the cache; without the hub, use`,
    );
  });

  test("a pattern without a file names those there are", async () => {
    const wrong = on({ hub: repository({ test: "data/dev-*.parquet" }), splits: { eval: "test" } });
    await expect(load(wrong)).rejects.toThrow('org/kites@main has no file that matches "data/dev-*.parquet"; ');
  });

  test("rows that do not fit name the file", async () => {
    const wrong = on({ columns: { questions: "string" } });
    await expect(load(wrong)).rejects.toThrow('has no column "questions"; did you mean "question"?');
  });

  test("a failure is forgotten: the next try asks again", async () => {
    const missing = on({
      hub: { ...repository({ test: "data/test-*.parquet" }), id: "org/absent" },
      splits: { eval: "test" },
    });
    await expect(load(missing)).rejects.toThrow("org/absent");
    const requests = hub.seen.length;
    await expect(load(missing)).rejects.toThrow("org/absent");
    expect(hub.seen.length).toBeGreaterThan(requests);
  });

  test("a dataset that is not there", async () => {
    expect(await load({ description: { columns: { question: "string" } } })).toEqual({
      skipped: "the dataset of kites is not on the hub",
    });
  });
});
