/** results.duckdb after everything that can happen to a file, and to who writes it. */

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { Database } from "../../src/store/database.js";
import { STORE_VERSION } from "../../src/store/schema.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const root = tempFolder();
const API = pathToFileURL(join(import.meta.dirname, "../../node_modules/@duckdb/node-api/lib/index.js")).href;
let files = 0;
const newPath = () => join(root, `${files++}.duckdb`);

/** Runs statements in a process of its own, which is killed right after the last one. */
function killedAfter(path: string, statements: readonly string[]): void {
  const code = `import { DuckDBInstance } from ${JSON.stringify(API)};
    const instance = await DuckDBInstance.create(${JSON.stringify(path)});
    const connection = await instance.connect();
    for (const sql of ${JSON.stringify(statements)}) await connection.run(sql);
    process.kill(process.pid, "SIGKILL");`;
  const { signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  expect([signal, stderr]).toEqual(["SIGKILL", ""]);
}

async function countOf(database: Database): Promise<number | undefined> {
  return (await database.all<{ n: number }>("SELECT count(*)::INTEGER AS n FROM commits"))[0]?.n;
}

describe("a database", () => {
  test("has the tables of this version, and keeps what is committed", async () => {
    const path = newPath();
    const database = await Database.open(path);
    expect(await database.all("SELECT version FROM store")).toEqual([{ version: STORE_VERSION }]);
    await database.transaction((within) => within.run("INSERT INTO commits VALUES ('a', 'b', 1)"));
    const failing = database.transaction(async (within) => {
      await within.run("INSERT INTO commits VALUES ('c', 'd', 2)");
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await countOf(database)).toBe(1);
    await database.close();
    const again = await Database.open(path, { readOnly: true });
    expect(await countOf(again)).toBe(1);
    await expect(again.run("DELETE FROM commits")).rejects.toThrow(/read-only/);
    await again.close();
  });

  test("lets nothing slip into another transaction", async () => {
    const database = await Database.open(newPath());
    const slow = database.transaction(async (within) => {
      await within.run("INSERT INTO commits VALUES ('a', 'b', 1)");
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error("no");
    });
    const other = database.run("INSERT INTO commits VALUES ('c', 'd', 2)");
    await expect(slow).rejects.toThrow("no");
    await other;
    expect(await database.all("SELECT spec FROM commits")).toEqual([{ spec: "c" }]);
    await database.close();
  });
});

describe("what cannot be opened is refused in one line:", () => {
  const refused = async (path: string, message: RegExp) => {
    expectUserError(await failureOf(() => Database.open(path)), message);
  };

  test("a file of something else", async () => {
    const path = newPath();
    writeFileSync(path, "hello ".repeat(3000));
    await refused(path, /is not a database of results; delete it or choose another --output-dir$/);
  });

  test("a database of something else", async () => {
    const path = newPath();
    killedAfter(path, ["CREATE TABLE mine (a INTEGER)"]);
    await refused(path, /is a database of something else; choose another --output-dir$/);
  });

  test("of a newer version", async () => {
    const path = newPath();
    const database = await Database.open(path);
    await database.run("UPDATE store SET version = 1000");
    await database.close();
    await refused(
      path,
      /was written by a newer amuro-eval \(version 1000 of the file, this one knows \d+\); use that one$/,
    );
  });

  test("cut in the middle", async () => {
    const path = newPath();
    await (await Database.open(path)).close();
    truncateSync(path, 5000);
    await refused(path, /is damaged \(.*\); move it away and run the command again/);
  });

  test("in use by another process", async () => {
    const path = newPath();
    const database = await Database.open(path);
    const code = `import { Database } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../dist/store/database.js")).href)};
      for (const readOnly of [false, true])
        await Database.open(${JSON.stringify(path)}, { readOnly }).catch((error) => console.log(error.message));`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    const line = `${path} is in use by another process (PID ${process.pid}); wait until it has ended, or choose another --output-dir`;
    expect(stdout).toBe(`${line}\n${line}\n`);
    await database.close();
  });

  test("that is not there, for reading", async () => {
    await expect(Database.open(newPath(), { readOnly: true })).rejects.toThrow("there is no such file");
  });
});

describe("a log of a process that was killed", () => {
  const path = join(root, "killed.duckdb");
  const TRANSACTIONS = 30;
  let log: Buffer;
  beforeAll(async () => {
    await (await Database.open(path)).close();
    // Five rows each, so that half a transaction would show.
    const insert = (i: number) => `INSERT INTO commits SELECT repeat('x', 50), 'y', ${i} FROM range(5)`;
    killedAfter(
      path,
      Array.from({ length: TRANSACTIONS }, (_, i) => insert(i)),
    );
    log = readFileSync(`${path}.wal`);
  });

  /** Opens a copy with another log. @returns whole transactions that are there, and what was said */
  async function opened(content: Uint8Array): Promise<{ transactions: number; said: string[]; copy: string }> {
    const copy = newPath();
    copyFileSync(path, copy);
    writeFileSync(`${copy}.wal`, content);
    const said: string[] = [];
    const database = await Database.open(copy, { onDamage: (line) => said.push(line) });
    const rows = await database.all<{ n: number; id: number }>(
      "SELECT count(*)::INTEGER AS n, checkpoint AS id FROM commits GROUP BY id ORDER BY id",
    );
    expect(rows).toEqual(rows.map((_, id) => ({ n: 5, id })));
    // It can be written to, and is whole when opened again.
    await database.run("INSERT INTO commits VALUES ('new', 'new', 99)");
    await database.close();
    const again = await Database.open(copy);
    expect(await countOf(again)).toBe(rows.length * 5 + 1);
    await again.close();
    return { transactions: rows.length, said, copy };
  }

  test("is taken in whole", async () => {
    expect(await opened(log)).toMatchObject({ transactions: TRANSACTIONS, said: [] });
  });

  test.each([1, 9, 100, 1000, 2500])("that lacks its last %d bytes is taken in up to there", async (missing) => {
    const { transactions, said } = await opened(log.subarray(0, log.length - missing));
    expect(said).toEqual([]);
    expect(transactions).toBeLessThan(TRANSACTIONS);
    expect(transactions).toBeGreaterThan(TRANSACTIONS - 2 - missing / 200);
  });

  test.each([0.1, 0.35, 0.6, 0.9, 0.999])(
    "that is damaged at %f of its length is taken in up to there",
    async (part) => {
      const damaged = Buffer.from(log);
      const at = Math.floor(log.length * part);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at);
      const { transactions, said, copy } = await opened(damaged);
      expect(transactions).toBeLessThan(TRANSACTIONS);
      expect(transactions).toBeGreaterThanOrEqual(Math.floor(TRANSACTIONS * part) - 2);
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(
        /^[^\n]* is damaged from byte \d+ of \d+ on; what comes before is kept, the rest is computed again [^\n]*$/,
      );
      expect(statSync(`${copy}.wal.damaged`).size).toBe(log.length);
    },
  );

  test("property: of a log with zeros for a tail, what comes before is kept", async () => {
    const cut = Math.floor(log.length / 2);
    const { transactions } = await opened(Buffer.concat([log.subarray(0, cut), Buffer.alloc(4096)]));
    expect(Math.abs(transactions - TRANSACTIONS / 2)).toBeLessThanOrEqual(2);
    expect(existsSync(path)).toBe(true);
  });
});
