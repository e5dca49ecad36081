/** Writes the run that an import is, with a cell for each prompt of each checkpoint. */

import { BOOLEAN, VARCHAR } from "@duckdb/node-api";
import { canonicalJson, hashValue } from "../base/hash.js";
import type { Database } from "../store/database.js";
import type { Results, ResultsHeader } from "../store/results.js";
import { assembleResults } from "../store/runs.js";
import { promptKey, type Staging } from "./staging.js";

const S = "staging.main";

/** @returns the results.json of the run, made of the stored rows */
export async function writeRun(database: Database, header: ResultsHeader, staging: Staging): Promise<Results> {
  const command = canonicalJson(header.command);
  await database.run("INSERT INTO runs VALUES (0, $key, $command, NULL, 'complete', now()::TIMESTAMP, $plan, NULL)", {
    key: hashValue([header.command, null]),
    command,
    plan: JSON.stringify(header),
  });
  await writeTasks(database, header, staging);
  await writeCells(database);
  const results = await assembleResults(database, 0);
  await writeHashes(database, results);
  const { status } = results;
  await database.run("UPDATE runs SET status = $status, document = $document", { status, document: JSON.stringify(results) }); // prettier-ignore
  return results;
}

async function writeTasks(database: Database, { tasks }: ResultsHeader, staging: Staging): Promise<void> {
  for (const { name, family, metric, answer } of tasks) {
    await database.run(
      `INSERT INTO tasks SELECT id, $key, name, $family, $metric, $answer, NULL FROM ${S}.tasks WHERE name = $name`,
      { key: hashValue(["imported", name, family, metric, answer]), family, metric, answer, name },
    );
  }
  await database.run(
    `CREATE TABLE ${S}.prompts (task VARCHAR, prompt VARCHAR, prompt_hash VARCHAR, numbered BOOLEAN, example VARCHAR)`,
  );
  const rows = tasks.flatMap(({ name, prompts }) =>
    prompts.map(({ id, hash }) => {
      const { numbered = false, text = "" } = staging.prompts.get(promptKey(name, id)) ?? {};
      return [name, id, hash, numbered, text];
    }),
  );
  await database.append(`${S}.prompts`, [VARCHAR, VARCHAR, VARCHAR, BOOLEAN, VARCHAR], rows);
  await database.run(
    `INSERT INTO variants
     SELECT v.id, sha256(concat_ws('|', p.prompt_hash, k.keys)), t.id, a.prompt, p.prompt_hash, p.numbered, p.example
     FROM ${S}.variants v JOIN ${S}.asked a ON a.id = v.asked JOIN ${S}.tasks t ON t.id = a.task
       JOIN ${S}.prompts p ON p.task = t.name AND p.prompt = a.prompt
       JOIN (SELECT variant, count(*) || '|' || bit_xor(md5_number(q.key)) AS keys FROM variant_questions w
         JOIN questions q ON q.id = w.question GROUP BY variant) k ON k.variant = v.id
     ORDER BY v.id`,
  );
}

/** Writes the hash of the rows of each cell, which reading them gave. */
async function writeHashes(database: Database, { cells }: Results): Promise<void> {
  await database.run(`CREATE TABLE ${S}.hashes (checkpoint VARCHAR, task VARCHAR, prompt VARCHAR, hash VARCHAR)`);
  const rows = cells.flatMap(({ checkpoint, task, prompt, rows_sha256: hash }) => hash === undefined ? [] : [[checkpoint, task, prompt, hash]]); // prettier-ignore
  await database.append(`${S}.hashes`, [VARCHAR, VARCHAR, VARCHAR, VARCHAR], rows);
  await database.run(
    `UPDATE cells SET rows_sha256 = h.hash FROM run_cells r
       JOIN ${S}.hashes h ON h.checkpoint = r.checkpoint_name AND h.task = r.task AND h.prompt = r.prompt
     WHERE r.checkpoint = cells.checkpoint AND r.variant = cells.variant`,
  );
}

/** A prompt that a task of a checkpoint lacks, while other checkpoints have it, is a missing cell. */
async function writeCells(database: Database): Promise<void> {
  await database.run(
    `INSERT INTO run_cells
     SELECT 0, (row_number() OVER (ORDER BY w.id, t.id, a.id) - 1)::INTEGER, w.name, t.name, a.prompt, w.id, v.id,
       CASE WHEN v.id IS NULL THEN 'missing' ELSE 'finished' END,
       CASE WHEN v.id IS NOT NULL THEN NULL WHEN s.n IS NULL THEN 'not in the files'
         ELSE s.n || ' rows in the files, not all of those of the other cells' END, true
     FROM ${S}.who w JOIN (SELECT DISTINCT who, task FROM ${S}.sets) h ON h.who = w.id
       JOIN ${S}.asked a ON a.task = h.task JOIN ${S}.tasks t ON t.id = a.task
       LEFT JOIN ${S}.cells c ON c.who = w.id AND c.asked = a.id
       LEFT JOIN ${S}.variants v ON v.asked = c.asked AND v.questions = c.questions
       LEFT JOIN ${S}.sets s ON s.who = w.id AND s.asked = a.id`,
  );
}
