/** Finds the rows and cells that make a complete grid where some cells have other rows than the others. */

import type { Database } from "../store/database.js";
import { leftOutWords } from "./kept-cells.js";

const S = "staging.main";

/** Holds cells of one task that have the same rows. */
interface Group {
  readonly task: number;
  readonly set: bigint;
  readonly rows: number;
  readonly cells: number;
}

/**
 * Makes the tables `kept` (rows) and `complete` (cells). Where all cells of a task have the same rows, these are all.
 * Otherwise cells are taken by their number of rows, the largest first, and of these beginnings the one is kept that
 * has the most scores over the rows that its cells share, as kept-cells.ts does for tables that are not stored.
 * @returns a line for what is left out of each task
 */
export async function keptRows(database: Database): Promise<string[]> {
  await database.run(
    `CREATE TABLE ${S}.sets AS SELECT s.who, s.asked, a.task, bit_xor(hash(s.item + 1)) AS item_set, count(*)::INTEGER AS n
     FROM ${S}.scores s JOIN ${S}.asked a ON a.id = s.asked GROUP BY s.who, s.asked, a.task`,
  );
  await database.run(`CREATE TABLE ${S}.complete (who INTEGER, asked INTEGER)`);
  await database.run(`CREATE TABLE ${S}.kept (item INTEGER)`);
  const groups = await database.all<Group>(
    `SELECT task, item_set AS set, min(n) AS rows, count(*)::INTEGER AS cells FROM ${S}.sets GROUP BY task, item_set
     ORDER BY task, rows DESC, cells DESC, min((who, asked))`,
  );
  const lines: string[] = [];
  for (const task of new Set(groups.map((group) => group.task))) {
    const own = groups.filter((group) => group.task === task);
    const [first] = own as [Group];
    let kept = { groups: 1, rows: first.rows, scores: first.rows * first.cells };
    await database.run(`CREATE OR REPLACE TEMP TABLE shared AS ${rowsOf(first)}`);
    await database.run(`CREATE OR REPLACE TEMP TABLE best AS FROM shared`);
    let cells = first.cells;
    for (const [i, group] of own.entries()) {
      if (i === 0) continue;
      cells += group.cells;
      await database.run(
        `CREATE OR REPLACE TEMP TABLE shared AS FROM shared SEMI JOIN (${rowsOf(group)}) o USING (item)`,
      );
      const [{ rows }] = (await database.all<{ rows: number }>("SELECT count(*)::INTEGER AS rows FROM shared")) as [{ rows: number }]; // prettier-ignore
      if (rows * cells <= kept.scores) continue;
      kept = { groups: i + 1, rows, scores: rows * cells };
      await database.run("CREATE OR REPLACE TEMP TABLE best AS FROM shared");
    }
    await database.run(`INSERT INTO ${S}.kept SELECT item FROM best`);
    const sets = own.slice(0, kept.groups).map(({ set }) => set);
    await database.run(
      `INSERT INTO ${S}.complete SELECT who, asked FROM ${S}.sets WHERE task = ${task} AND item_set IN (${sets.join(", ")})`,
    );
    lines.push(...(await leftOut(database, task, own, kept)));
  }
  return lines;
}

/** Selects the rows of one of the cells of a group. */
function rowsOf({ task, set }: Group): string {
  const cell = `(SELECT min((who, asked)) FROM ${S}.sets WHERE task = ${task} AND item_set = ${set})`;
  return `SELECT item FROM ${S}.scores WHERE (who, asked) = ${cell}`;
}

async function leftOut(
  database: Database,
  task: number,
  groups: readonly Group[],
  kept: { readonly groups: number; readonly rows: number },
): Promise<string[]> {
  if (groups.length === 1) return [];
  const [about] = await database.all<{ name: string; rows: number }>(
    `SELECT t.name, count(*)::INTEGER AS rows FROM ${S}.tasks t JOIN ${S}.rows r ON r.task = t.id WHERE t.id = ${task} GROUP BY t.name`,
  );
  const { name = "", rows = 0 } = about ?? {};
  const cells = groups.reduce((sum, group) => sum + group.cells, 0);
  const out = groups.slice(kept.groups).reduce((sum, group) => sum + group.cells, 0);
  return [`${name}: ${leftOutWords({ kept: kept.rows, all: rows }, { out, all: cells })}`];
}
