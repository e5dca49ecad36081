/** Gives up what no run refers to, and writes the file anew so that it becomes smaller. */

import { rename, rm, stat } from "node:fs/promises";
import { UserError } from "../base/errors.js";
import { Database } from "./database.js";
import { quoted } from "./export-tables.js";
import { listRuns } from "./runs.js";

/**
 * Selects what is left of each kind when a run refers to nothing else; in this order, since each goes by the one
 * before.
 */
const SWEEP = [
  "DELETE FROM run_cells WHERE run NOT IN (SELECT id FROM runs)",
  "DELETE FROM run_cells WHERE NOT current AND run IN (SELECT id FROM runs WHERE status <> 'running')",
  `DELETE FROM cells WHERE NOT EXISTS (
     SELECT 1 FROM run_cells r WHERE r.checkpoint = cells.checkpoint AND r.variant = cells.variant)`,
  `DELETE FROM row_scores WHERE NOT EXISTS (
     SELECT 1 FROM run_cells r JOIN variant_questions v ON v.variant = r.variant
     WHERE r.checkpoint = row_scores.checkpoint AND v.question = row_scores.question)`,
  "DELETE FROM variants WHERE id NOT IN (SELECT variant FROM run_cells WHERE variant IS NOT NULL)",
  "DELETE FROM variant_questions WHERE variant NOT IN (SELECT id FROM variants)",
  "DELETE FROM questions WHERE id NOT IN (SELECT question FROM variant_questions)",
  "DELETE FROM items WHERE id NOT IN (SELECT item FROM questions)",
  "DELETE FROM tasks WHERE id NOT IN (SELECT task FROM variants)",
  "DELETE FROM checkpoints WHERE id NOT IN (SELECT checkpoint FROM run_cells WHERE checkpoint IS NOT NULL)",
  "DELETE FROM commits WHERE checkpoint NOT IN (SELECT id FROM checkpoints)",
];

export interface Collected {
  /** Row scores that were given up, and that are left. */
  readonly dropped: number;
  readonly kept: number;
  /** Size of the file before and after. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/**
 * @param drop runs to give up first, by their numbers
 * @throws UserError when there is no such run
 */
export async function collectGarbage(path: string, drop: readonly number[]): Promise<Collected> {
  const before = await Database.open(path);
  const bytesBefore = (await stat(path)).size;
  const compact = `${path}.new`;
  let counts: { before: number; after: number };
  try {
    const runs = await listRuns(before);
    for (const id of drop) {
      if (!runs.some((run) => run.id === id)) {
        throw new UserError(`${path}: there is no run ${id}; the runs are ${runs.map((run) => run.id).join(", ")}`);
      }
    }
    const count = async () =>
      (await before.all<{ n: number }>("SELECT count(*)::INTEGER AS n FROM row_scores"))[0]?.n ?? 0;
    const all = await count();
    await before.transaction(async (within) => {
      for (const id of drop) await within.run("DELETE FROM runs WHERE id = $id", { id });
      for (const sql of SWEEP) await within.run(sql);
    });
    counts = { before: all, after: await count() };
    await rm(compact, { force: true });
    await before.run(`ATTACH ${quoted(compact, "'")} AS compact`);
    const [name] = await before.all<{ name: string }>("SELECT current_database() AS name");
    await before.run(`COPY FROM DATABASE ${quoted(name?.name ?? "", '"')} TO compact`);
    await before.run("DETACH compact");
  } finally {
    await before.close();
  }
  await rename(compact, path);
  await rm(`${path}.wal`, { force: true });
  return {
    dropped: counts.before - counts.after,
    kept: counts.after,
    bytesBefore,
    bytesAfter: (await stat(path)).size,
  };
}
