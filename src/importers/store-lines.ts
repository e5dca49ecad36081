/** Brings staged lines into the tables of an empty store, by statements alone: rows never pass through this program. */

import { UserError } from "../base/errors.js";
import { IMPORTED } from "../store/content-store.js";
import type { Database } from "../store/database.js";
import { keptRows } from "./kept-rows.js";
import { LINES } from "./staging.js";

/** Holds a cell of the import as it is stored. */
export interface StoredCells {
  /** Names in the order in which they came. */
  readonly checkpoints: readonly string[];
  readonly tasks: readonly ImportedTask[];
  /** What is left out, a line each. */
  readonly leftOut: readonly string[];
}

export interface ImportedTask {
  readonly name: string;
  readonly prompts: readonly string[];
  /** Rows that are kept, and all that are in the files. */
  readonly rows: number;
  readonly available: number;
  /** SHA-256 of the hashes of the kept rows. */
  readonly rowsHash: string;
  readonly metrics: readonly string[];
  /** Whether every value lies from 0 to 1. */
  readonly shares: boolean;
}

const S = "staging.main";

/**
 * @param identity distinguishes the checkpoints of this import from those of others
 * @throws UserError where a row has two scores in one cell
 */
export async function storeLines(database: Database, identity: string): Promise<StoredCells> {
  await number(database);
  await refuseTwice(database);
  const leftOut = await keptRows(database);
  await fillContents(database, identity);
  await fillCells(database);
  const checkpoints = await database.all<{ name: string }>(`SELECT name FROM ${S}.who ORDER BY id`);
  return { checkpoints: checkpoints.map(({ name }) => name), tasks: await describeTasks(database), leftOut };
}

/** Numbers checkpoints, prompts and rows in the order in which they come. */
async function number(database: Database): Promise<void> {
  await database.run(
    `CREATE TABLE ${S}.who AS SELECT (row_number() OVER (ORDER BY min(nth)) - 1)::INTEGER AS id, checkpoint AS name
     FROM ${LINES} GROUP BY checkpoint`,
  );
  await database.run(
    `CREATE TABLE ${S}.tasks AS SELECT (row_number() OVER (ORDER BY min(nth)) - 1)::INTEGER AS id, task AS name
     FROM ${LINES} GROUP BY task`,
  );
  await database.run(
    `CREATE TABLE ${S}.asked AS SELECT (row_number() OVER (ORDER BY min(l.nth)) - 1)::INTEGER AS id, t.id AS task, l.prompt
     FROM ${LINES} l JOIN ${S}.tasks t ON t.name = l.task GROUP BY t.id, l.prompt`,
  );
  await database.run(
    `CREATE TABLE ${S}.rows AS SELECT (row_number() OVER (ORDER BY t.id, min(l.nth)) - 1)::INTEGER AS id, t.id AS task, l.item,
       coalesce(arg_min(l.row_hash, l.nth), sha256(l.item)) AS row_hash, arg_min(l.fields, l.nth) AS fields, arg_min(l.answers, l.nth) AS answers,
       arg_min(l.gold, l.nth) AS gold, arg_min(l.texts, l.nth) AS texts
     FROM ${LINES} l JOIN ${S}.tasks t ON t.name = l.task GROUP BY t.id, l.item`,
  );
  await database.run(
    `CREATE TABLE ${S}.scores AS SELECT w.id AS who, a.id AS asked, r.id AS item
     FROM ${LINES} l JOIN ${S}.who w ON w.name = l.checkpoint JOIN ${S}.tasks t ON t.name = l.task
       JOIN ${S}.asked a ON a.task = t.id AND a.prompt = l.prompt JOIN ${S}.rows r ON r.task = t.id AND r.item = l.item`,
  );
}

async function refuseTwice(database: Database): Promise<void> {
  const [twice] = await database.all<{ checkpoint: string; prompt: string; task: string; item: string }>(
    `SELECT w.name AS checkpoint, t.name AS task, a.prompt, r.item FROM
       (SELECT who, asked, item FROM ${S}.scores GROUP BY who, asked, item HAVING count(*) > 1 LIMIT 1) s
     JOIN ${S}.who w ON w.id = s.who JOIN ${S}.asked a ON a.id = s.asked JOIN ${S}.rows r ON r.id = s.item
     JOIN ${S}.tasks t ON t.id = a.task`,
  );
  if (twice === undefined) return;
  throw new UserError(
    `row ${twice.item} of ${twice.task} has two scores of ${twice.checkpoint} under prompt ${twice.prompt}; give one run of it, or say by --prompt-from or --checkpoint what tells the two apart`,
  );
}

async function fillContents(database: Database, identity: string): Promise<void> {
  await database.run(
    `INSERT INTO checkpoints SELECT id, sha256(concat_ws('|', $identity, name)), NULL, '${IMPORTED}', '', '', NULL, 0, '', '', '', '', '{}', NULL
     FROM ${S}.who ORDER BY id`,
    { identity },
  );
  await database.run(
    `INSERT INTO items SELECT r.id, sha256(concat_ws('|', 'imported', t.name, r.row_hash, r.fields, r.answers, r.gold, r.texts)),
       t.name, r.row_hash, coalesce(r.fields, '{}'), coalesce(r.answers, '[]'), r.gold, r.texts, NULL
     FROM ${S}.rows r JOIN ${S}.tasks t ON t.id = r.task JOIN ${S}.kept k ON k.item = r.id ORDER BY r.id`,
  );
  await database.run(
    `CREATE TABLE ${S}.questions AS
     SELECT (row_number() OVER () - 1)::INTEGER AS id, asked, item, prompt_hash, answers FROM (
       SELECT a.id AS asked, r.id AS item, l.prompt_hash, any_value(l.answers) AS answers
       FROM ${LINES} l JOIN ${S}.tasks t ON t.name = l.task JOIN ${S}.asked a ON a.task = t.id AND a.prompt = l.prompt
         JOIN ${S}.rows r ON r.task = t.id AND r.item = l.item JOIN ${S}.kept k ON k.item = r.id
       GROUP BY a.id, r.id, l.prompt_hash ORDER BY a.id, r.id)`,
  );
  await database.run(
    `INSERT INTO questions SELECT q.id, sha256(concat_ws('|', i.key, a.prompt, q.prompt_hash, q.answers)), q.item,
       coalesce(q.prompt_hash, sha256(concat_ws('|', t.name, a.prompt, i.row_hash))), coalesce(q.answers, '[]')
     FROM ${S}.questions q JOIN ${S}.asked a ON a.id = q.asked JOIN ${S}.tasks t ON t.id = a.task JOIN items i ON i.id = q.item
     ORDER BY q.id`,
  );
  await database.run(
    `INSERT INTO row_scores SELECT w.id, q.id, l.choice, l.generated, l.logprobs, l.label_mass, l.metrics, coalesce(l.context_tokens, 0), l.new_tokens,
       coalesce(l.shots_dropped, 0), coalesce(l.truncated, false), l.merged,
       CASE WHEN l.tied IS NOT NULL OR l.logprobs IS NULL THEN l.tied ELSE len(list_filter(l.logprobs, lambda x: x = list_max(l.logprobs))) END, l.samples
     FROM ${LINES} l JOIN ${S}.who w ON w.name = l.checkpoint JOIN ${S}.tasks t ON t.name = l.task
       JOIN ${S}.asked a ON a.task = t.id AND a.prompt = l.prompt JOIN ${S}.rows r ON r.task = t.id AND r.item = l.item
       JOIN ${S}.questions q ON q.asked = a.id AND q.item = r.id AND q.prompt_hash IS NOT DISTINCT FROM l.prompt_hash
       JOIN ${S}.complete c ON c.who = w.id AND c.asked = a.id`,
  );
}

/** Makes a variant of each set of questions that checkpoints were asked under one prompt. */
async function fillCells(database: Database): Promise<void> {
  await database.run(
    `CREATE TABLE ${S}.cells AS SELECT s.checkpoint AS who, q.asked, bit_xor(hash(q.id + 1)) AS questions, min(s.checkpoint) AS first
     FROM row_scores s JOIN ${S}.questions q ON q.id = s.question GROUP BY s.checkpoint, q.asked`,
  );
  await database.run(
    `CREATE TABLE ${S}.variants AS SELECT (row_number() OVER (ORDER BY asked, min(who)) - 1)::INTEGER AS id, asked, questions,
       min(who) AS who FROM ${S}.cells GROUP BY asked, questions`,
  );
  await database.run(
    `INSERT INTO variant_questions SELECT v.id, (row_number() OVER (PARTITION BY v.id ORDER BY q.item) - 1)::INTEGER, q.id,
       (q.item - f.first)::INTEGER
     FROM ${S}.variants v JOIN ${S}.questions q ON q.asked = v.asked JOIN row_scores s ON s.question = q.id AND s.checkpoint = v.who
       JOIN ${S}.asked a ON a.id = v.asked JOIN (SELECT task, min(id) AS first FROM ${S}.rows GROUP BY task) f ON f.task = a.task
     ORDER BY v.id, q.item`,
  );
  await database.run(
    "INSERT INTO cells SELECT c.who, v.id, 0, 0, 0, 0, 0, '' FROM staging.main.cells c JOIN staging.main.variants v USING (asked, questions)",
  );
}

async function describeTasks(database: Database): Promise<ImportedTask[]> {
  const tasks = await database.all<{ id: number; name: string; available: number; rows: number; hash: string }>(
    `SELECT t.id, t.name, count(r.id)::INTEGER AS available, count(k.item)::INTEGER AS rows,
       sha256(coalesce(string_agg(r.row_hash, ',' ORDER BY r.id) FILTER (k.item IS NOT NULL), '')) AS hash
     FROM ${S}.tasks t JOIN ${S}.rows r ON r.task = t.id LEFT JOIN ${S}.kept k ON k.item = r.id
     GROUP BY t.id, t.name ORDER BY t.id`,
  );
  const prompts = await database.all<{ task: number; prompt: string }>(
    `SELECT task, prompt FROM ${S}.asked ORDER BY id`,
  );
  const metrics = await database.all<{ task: string; metric: string; low: number; high: number }>(
    `SELECT task, e.key AS metric, min(e.value) AS low, max(e.value) AS high
     FROM (SELECT task, nth, unnest(map_entries(metrics)) AS e FROM ${LINES}) GROUP BY task, e.key ORDER BY min(nth), e.key`,
  );
  return tasks.map(({ id, name, available, rows, hash }) => {
    const own = metrics.filter(({ task }) => task === name);
    return {
      name,
      available,
      rows,
      rowsHash: hash,
      prompts: prompts.filter(({ task }) => task === id).map(({ prompt }) => prompt),
      metrics: own.map(({ metric }) => metric),
      shares: own.every(({ low, high }) => low >= 0 && high <= 1),
    };
  });
}
