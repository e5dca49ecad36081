/** Puts stores together: shards of one study become one run, other runs are taken over as they are. */

import { canonicalJson, hashValue } from "../base/hash.js";
import { UserError } from "../base/errors.js";
import { isSameServer, type ServerFacts } from "../engine/backends/servers/facts.js";
import type { Database, Statements } from "./database.js";
import { quoted } from "./export-tables.js";
import type { Results, ResultsHeader } from "./results.js";
import { assembleResults, runHeader } from "./runs.js";

/** Lists the tables with keys, and their columns that are ids of another one; each after those it refers to. */
const KEYED = [
  { table: "checkpoints", columns: ["revision", "kind", "architecture", "dtype", "parameters", "context_window", "weights_sha256", "tokenizer_sha256", "config_sha256", "device", "versions", "server"] },
  { table: "tasks", columns: ["name", "family", "metric", "answer", "extract"] },
  { table: "items", columns: ["task", "row_hash", "fields", "answers", "gold", "texts", "grade"] },
  { table: "questions", columns: ["item", "prompt_hash", "answers"], refers: { item: "items" } },
  { table: "variants", columns: ["task", "prompt", "hash", "numbered", "example"], refers: { task: "tasks" } },
] as const; // prettier-ignore

/** Adds everything in another store's file, each content once. */
export async function takeOver(database: Database, path: string): Promise<void> {
  await database.run(`ATTACH ${quoted(path, "'")} AS part (READ_ONLY)`);
  try {
    await database.transaction(async (within) => {
      await findTwins(within);
      for (const { table, columns, ...more } of KEYED) {
        const refers: Readonly<Record<string, string>> = "refers" in more ? more.refers : {};
        await mapIds(within, table, columns, refers);
      }
      await within.run(
        `INSERT INTO variant_questions SELECT v.new, p.place, q.new, p.row_number FROM part.variant_questions p
         JOIN map_variants v ON v.old = p.variant AND v.added JOIN map_questions q ON q.old = p.question`,
      );
      await within.run(
        `INSERT INTO commits SELECT p.spec, p.revision, c.new FROM part.commits p JOIN map_checkpoints c ON c.old = p.checkpoint
         WHERE NOT EXISTS (SELECT 1 FROM commits o WHERE o.spec = p.spec AND o.revision = p.revision)`,
      );
      await within.run(
        `INSERT INTO row_scores SELECT c.new, q.new, p.* EXCLUDE (checkpoint, question) FROM part.row_scores p
         JOIN map_checkpoints c ON c.old = p.checkpoint JOIN map_questions q ON q.old = p.question
         WHERE NOT EXISTS (SELECT 1 FROM row_scores o WHERE o.checkpoint = c.new AND o.question = q.new)`,
      );
      await within.run(
        `INSERT INTO cells SELECT c.new, v.new, p.* EXCLUDE (checkpoint, variant) FROM part.cells p
         JOIN map_checkpoints c ON c.old = p.checkpoint JOIN map_variants v ON v.old = p.variant
         WHERE NOT EXISTS (SELECT 1 FROM cells o WHERE o.checkpoint = c.new AND o.variant = v.new)`,
      );
      // A run that is there already is replaced: the store that comes later knows more.
      await within.run(
        `CREATE OR REPLACE TEMP TABLE map_runs AS SELECT p.id AS old, coalesce(t.id,
           (SELECT coalesce(max(id) + 1, 0) FROM runs) + (row_number() OVER (PARTITION BY t.id IS NULL ORDER BY p.id))::INTEGER - 1) AS new
         FROM part.runs p LEFT JOIN runs t ON t.key = p.key`,
      );
      await within.run("DELETE FROM run_cells WHERE run IN (SELECT new FROM map_runs)");
      await within.run("DELETE FROM runs WHERE id IN (SELECT new FROM map_runs)");
      await within.run(
        "INSERT INTO runs SELECT m.new, p.* EXCLUDE (id) FROM part.runs p JOIN map_runs m ON m.old = p.id",
      );
      await within.run(
        `INSERT INTO run_cells SELECT m.new, p.place, p.checkpoint_name, p.task, p.prompt, c.new, v.new, p.status, p.error,
           p.current
         FROM part.run_cells p JOIN map_runs m ON m.old = p.run LEFT JOIN map_checkpoints c ON c.old = p.checkpoint
           LEFT JOIN map_variants v ON v.old = p.variant`,
      );
    });
  } finally {
    await database.run("DETACH part");
  }
}

/**
 * Notes which served models of the other store are models of this one whose probes differ by rounding: a server never
 * gives exactly the same numbers again, so their keys differ.
 */
async function findTwins(within: Statements): Promise<void> {
  await within.run("CREATE OR REPLACE TEMP TABLE twins (kind VARCHAR, old INTEGER, own INTEGER)");
  const served = "WHERE server IS NOT NULL ORDER BY id";
  const own = await within.all<ServedColumns>(`SELECT * FROM checkpoints ${served}`);
  const theirs = await within.all<ServedColumns>(`SELECT * FROM part.checkpoints ${served}`);
  const moving = new Set(["id", "key", "weights_sha256", "server"]);
  const about = (columns: ServedColumns) =>
    canonicalJson(Object.entries(columns).map(([name, value]) => (moving.has(name) ? name : [name, String(value)])));
  for (const one of theirs) {
    const isTwin = (other: ServedColumns) =>
      other.key === one.key ||
      (about(other) === about(one) &&
        isSameServer(JSON.parse(other.server) as ServerFacts, JSON.parse(one.server) as ServerFacts));
    const twin = own.find(isTwin);
    if (twin !== undefined)
      await within.run("INSERT INTO twins VALUES ('checkpoints', $old, $own)", { old: one.id, own: twin.id });
  }
}

interface ServedColumns {
  readonly id: number;
  readonly key: string;
  readonly weights_sha256: string;
  readonly server: string;
}

/** Numbers the other store's contents as they are here, and adds those that are not. */
async function mapIds(
  within: Statements,
  table: string,
  columns: readonly string[],
  refers: Readonly<Record<string, string>>,
): Promise<void> {
  await within.run(
    `CREATE OR REPLACE TEMP TABLE map_${table} AS WITH known AS (
       SELECT p.id AS old, coalesce(t.id, w.own) AS here FROM part.${table} p LEFT JOIN ${table} t ON t.key = p.key
       LEFT JOIN twins w ON w.old = p.id AND w.kind = '${table}')
     SELECT old, coalesce(here,
       (SELECT coalesce(max(id) + 1, 0) FROM ${table}) + (row_number() OVER (PARTITION BY here IS NULL ORDER BY old))::INTEGER - 1) AS new,
       here IS NULL AS added FROM known`,
  );
  const values = columns.map((column) => (refers[column] === undefined ? `p.${column}` : `${column}_ids.new`));
  const joins = Object.entries(refers).map(
    ([column, other]) => `JOIN map_${other} ${column}_ids ON ${column}_ids.old = p.${column}`,
  );
  await within.run(
    `INSERT INTO ${table} SELECT m.new, p.key, ${values.join(", ")} FROM part.${table} p
     JOIN map_${table} m ON m.old = p.id AND m.added ${joins.join(" ")} ORDER BY m.new`,
  );
}

interface ShardRun {
  readonly id: number;
  readonly command: string;
  readonly shard: string;
  readonly plan: string;
}

/**
 * Makes one run of the shards of each study.
 * @param tell told in a line of what is missing
 * @returns what the last of them came to; undefined where there are no shards
 * @throws UserError when shards of one study had other rows, prompts or checkpoints
 */
export async function joinShards(database: Database, tell: (line: string) => void): Promise<Results | undefined> {
  const shards = await database.all<ShardRun>(
    "SELECT id, command, shard, plan FROM runs WHERE shard IS NOT NULL ORDER BY id",
  );
  let last: Results | undefined;
  for (const command of new Set(shards.map((shard) => shard.command))) {
    last = await joinOne(
      database,
      shards.filter((shard) => shard.command === command),
      tell,
    );
  }
  return last;
}

async function joinOne(
  database: Database,
  shards: readonly ShardRun[],
  tell: (line: string) => void,
): Promise<Results> {
  const plans: ResultsHeader[] = [];
  for (const { id } of shards) plans.push(await runHeader(database, { id }));
  const [first] = plans;
  const [one] = shards;
  if (first === undefined || one === undefined) throw new TypeError("a study without shards");
  shards.forEach(({ shard }, i) => {
    if (canonicalJson(plans[i]?.tasks) === canonicalJson(first.tasks)) return;
    throw new UserError(`shard ${shard} was run on other rows or prompts than shard ${one.shard}; run it again`);
  });
  const count = Number(one.shard.split("/")[1]);
  const names = new Set(shards.map(({ shard }) => shard));
  const missing = Array.from({ length: count }, (_, i) => `${i + 1}/${count}`).filter((name) => !names.has(name));
  if (names.size + missing.length > count) {
    throw new UserError(`shards of different numbers of parts: ${[...names].join(", ")}; merge those of one number`);
  }
  if (missing.length > 0) tell(`not there: shard ${missing.join(", ")}; what is there is merged`);
  const ids = shards.map(({ id }) => id).join(", ");
  await refuseMixed(database, ids);
  const plan = { ...first, shard: undefined };
  const key = hashValue([plan.command, null]);
  const run = await database.transaction(async (within) => {
    const [found] = await within.all<{ id: number }>("SELECT id FROM runs WHERE key = $key", { key });
    const [next] = await within.all<{ id: number }>("SELECT max(id) + 1 AS id FROM runs");
    const id = found?.id ?? next?.id ?? 0;
    await within.run("DELETE FROM run_cells WHERE run = $id", { id });
    await within.run("DELETE FROM runs WHERE id = $id", { id });
    await within.run(
      `INSERT INTO runs SELECT $id, $key, $command, NULL,
         CASE WHEN $missing OR bool_or(status IN ('running', 'interrupted')) THEN 'interrupted'
           WHEN bool_or(status = 'failed') THEN 'failed' ELSE 'complete' END,
         min(started), $plan, NULL FROM runs WHERE id IN (${ids})`,
      { id, key, command: one.command, missing: missing.length > 0, plan: JSON.stringify(plan) },
    );
    await within.run(`UPDATE run_cells SET run = $id WHERE run IN (${ids})`, { id });
    await within.run(`DELETE FROM runs WHERE id IN (${ids})`);
    return id;
  });
  const results = await assembleResults(database, run);
  await database.run("UPDATE runs SET document = $document WHERE id = $run", {
    run,
    document: JSON.stringify(results),
  });
  return results;
}

/** Refuses shards whose weights changed in between: one name is one checkpoint. */
async function refuseMixed(database: Database, ids: string): Promise<void> {
  const [mixed] = await database.all<{ name: string }>(
    `SELECT checkpoint_name AS name FROM run_cells WHERE run IN (${ids}) AND checkpoint IS NOT NULL
     GROUP BY checkpoint_name HAVING count(DISTINCT checkpoint) > 1 LIMIT 1`,
  );
  if (mixed === undefined) return;
  throw new UserError(
    `the shards ran different checkpoints, devices or versions under the name ${mixed.name}; run them again alike`,
  );
}
