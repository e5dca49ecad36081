/** Finds contents by their keys, and adds those that are not there. */

import { DOUBLE, INTEGER, listValue, VARCHAR, type DuckDBValue } from "@duckdb/node-api";
import {
  checkpointKey, itemKey, questionKey, variantKey, type CheckpointContent, type QuestionContent, type TaskContent, type VariantContent,
} from "./contents.js"; // prettier-ignore
import { isSameServer, type ServerFacts } from "../engine/backends/servers/facts.js";
import type { Database, Statements } from "./database.js";
import { hashValue } from "../base/hash.js";
import type { CheckpointFacts } from "./results.js";

const TABLES = ["checkpoints", "tasks", "variants", "items", "questions"] as const;
type Table = (typeof TABLES)[number];

/** Holds the place of a variant in the file. */
export interface StoredVariant {
  readonly id: number;
  /** Ids of its questions, in the order of the rows; a row that is there twice is asked once. */
  readonly questions: readonly number[];
}

export class ContentStore {
  private constructor(
    private readonly database: Database,
    private readonly nextIds: Record<Table, number>,
  ) {}

  static async open(database: Database): Promise<ContentStore> {
    const nextIds = {} as Record<Table, number>;
    for (const table of TABLES) {
      const [row] = await database.all<{ next: number }>(`SELECT coalesce(max(id) + 1, 0) AS next FROM ${table}`);
      nextIds[table] = row?.next ?? 0;
    }
    return new ContentStore(database, nextIds);
  }

  /** @param spec what it was found by; remembered where a commit pins it */
  checkpoint(content: CheckpointContent, spec: string): Promise<number> {
    const { facts, revision, device, versions } = content;
    return this.database.transaction(async (within) => {
      const id = await this.idOf(within, "checkpoints", checkpointKey(content), (key, next) => [
        next, key, revision, facts.kind, facts.architecture, facts.dtype,
        facts.parameters === null ? null : BigInt(facts.parameters), facts.window,
        facts.hashes.weights, facts.hashes.tokenizer, facts.hashes.config, device, JSON.stringify(versions),
        facts.server === undefined ? null : JSON.stringify(facts.server),
      ]); // prettier-ignore
      if (revision !== null) {
        const values = { spec, revision, id };
        await within.run(`DELETE FROM commits WHERE spec = $spec AND revision = $revision`, { spec, revision });
        await within.run(`INSERT INTO commits VALUES ($spec, $revision, $id)`, values);
      }
      return id;
    });
  }

  /** Returns what a spec was at a commit, whatever device and versions it was run on. */
  async recall(spec: string, revision: string): Promise<CheckpointFacts | undefined> {
    const [found] = await this.database.all<CheckpointColumns>(
      `SELECT c.* FROM commits o JOIN checkpoints c ON c.id = o.checkpoint
       WHERE o.spec = $spec AND o.revision = $revision`,
      { spec, revision },
    );
    return found && factsOfColumns(found);
  }

  /**
   * Returns the facts of a served model as they were stored first: probes of one model differ from one time to the next
   * as the numbers of its server do.
   * @returns the facts given where no stored model is the same
   */
  async sameServer(facts: CheckpointFacts): Promise<CheckpointFacts> {
    const { server } = facts;
    if (server === undefined) return facts;
    const stored = await this.database.all<CheckpointColumns>("SELECT * FROM checkpoints WHERE server IS NOT NULL");
    const same = stored.map(factsOfColumns).find((one) => one.server !== undefined && isSameServer(one.server, server));
    if (same?.server === undefined) return facts;
    return { ...facts, hashes: { ...facts.hashes, weights: same.hashes.weights }, server: same.server };
  }

  variant(content: VariantContent): Promise<StoredVariant> {
    const { task, prompt, hash, numbered, questions, example } = content;
    const items = questions.map(({ item }) => itemKey(item));
    const keys = questions.map((question, i) => questionKey(question, items[i] as string));
    const key = variantKey(content, keys);
    return this.database.transaction(async (within) => {
      const [found] = await within.all<{ id: number }>("SELECT id FROM variants WHERE key = $key", { key });
      if (found !== undefined) {
        await this.addGrades(within, items, questions);
        return { id: found.id, questions: await questionsOf(within, found.id) };
      }
      const taskId = await this.task(within, task);
      const itemIds = await this.idsOf(within, "items", items, (id, i) => {
        const { item } = questions[i] as QuestionContent;
        const { fields, answers, gold = null, texts, grade = null } = item;
        const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
        return [id, items[i] as string, item.task, item.hash, json(fields), json(answers), gold, json(texts), grade];
      });
      await this.addGrades(within, items, questions);
      const ids = await this.idsOf(within, "questions", keys, (id, i) => {
        const { promptHash, answers } = questions[i] as QuestionContent;
        return [id, keys[i] as string, itemIds[i] as number, promptHash, JSON.stringify(answers)];
      });
      const id = this.nextIds.variants++;
      await within.run("INSERT INTO variants VALUES ($id, $key, $taskId, $prompt, $hash, $numbered, $example)", {
        id, key, taskId, prompt, hash, numbered, example,
      }); // prettier-ignore
      const rows = ids.map((question, place) => [id, place, question, (questions[place] as QuestionContent).row]);
      await within.append("variant_questions", [INTEGER, INTEGER, INTEGER, INTEGER], rows);
      return { id, questions: ids };
    });
  }

  /** Adds the grades of rows that were stored when none were kept. */
  private async addGrades(
    within: Statements,
    keys: readonly string[],
    questions: readonly QuestionContent[],
  ): Promise<void> {
    if (questions.every(({ item }) => item.grade === undefined)) return;
    const without = await within.all<{ key: string }>(
      "SELECT key FROM items WHERE grade IS NULL AND key IN (SELECT unnest($keys::VARCHAR[]))",
      { keys: listValue(keys) },
    );
    const missing = new Set(without.map(({ key }) => key));
    for (const [i, key] of keys.entries()) {
      const grade = questions[i]?.item.grade;
      if (grade === undefined || !missing.delete(key)) continue;
      await within.run("UPDATE items SET grade = $grade WHERE key = $key", { grade, key });
    }
  }

  private task(within: Statements, { name, family, metric, answer, extract }: TaskContent): Promise<number> {
    const key = hashValue({ name, family, metric, answer, ...(extract === undefined ? {} : { extract }) });
    const read = extract === undefined ? null : JSON.stringify(extract);
    return this.idOf(within, "tasks", key, (_, id) => [id, key, name, family, metric, answer, read]);
  }

  private async idOf(
    within: Statements,
    table: Table,
    key: string,
    columns: (key: string, id: number) => DuckDBValue[],
  ): Promise<number> {
    const [found] = await within.all<{ id: number }>(`SELECT id FROM ${table} WHERE key = $key`, { key });
    if (found !== undefined) return found.id;
    const id = this.nextIds[table]++;
    const values = columns(key, id);
    const names = values.map((_, i) => `$v${i}`);
    await within.run(
      `INSERT INTO ${table} VALUES (${names.join(", ")})`,
      Object.fromEntries(values.map((value, i) => [`v${i}`, value])),
    );
    return id;
  }

  /** Returns the ids of many keys; new ones are added, each once. */
  private async idsOf(
    within: Statements,
    table: "items" | "questions",
    keys: readonly string[],
    columns: (id: number, index: number) => DuckDBValue[],
  ): Promise<number[]> {
    const stored = await within.all<{ key: string; id: number }>(
      `SELECT key, id FROM ${table} WHERE key IN (SELECT unnest($keys::VARCHAR[]))`,
      { keys: listValue(keys) },
    );
    const ids = new Map(stored.map(({ key, id }) => [key, id]));
    const added: DuckDBValue[][] = [];
    const result = keys.map((key, index) => {
      let id = ids.get(key);
      if (id === undefined) {
        id = this.nextIds[table]++;
        ids.set(key, id);
        added.push(columns(id, index));
      }
      return id;
    });
    await within.append(table, TYPES[table], added);
    return result;
  }
}

const TYPES = {
  items: [INTEGER, VARCHAR, VARCHAR, VARCHAR, VARCHAR, VARCHAR, INTEGER, VARCHAR, DOUBLE],
  questions: [INTEGER, VARCHAR, INTEGER, VARCHAR, VARCHAR],
};

export async function questionsOf(database: Pick<Statements, "all">, variant: number): Promise<number[]> {
  const rows = await database.all<{ question: number }>(
    "SELECT question FROM variant_questions WHERE variant = $variant ORDER BY place",
    { variant },
  );
  return rows.map(({ question }) => question);
}

/** Stands in the column kind of checkpoints that another program ran, of which nothing else is known. */
export const IMPORTED = "imported";

/** Holds a row of the table checkpoints. */
export interface CheckpointColumns {
  readonly kind: CheckpointFacts["kind"] | typeof IMPORTED;
  readonly architecture: string;
  readonly dtype: string;
  readonly parameters: bigint | null;
  readonly context_window: number;
  readonly weights_sha256: string;
  readonly tokenizer_sha256: string;
  readonly config_sha256: string;
  /** JSON; null where no server answered. */
  readonly server: string | null;
}

export function factsOfColumns(columns: CheckpointColumns): CheckpointFacts {
  const {
    kind,
    architecture,
    dtype,
    parameters,
    context_window,
    weights_sha256,
    tokenizer_sha256,
    config_sha256,
    server,
  } = columns;
  if (kind === IMPORTED) throw new TypeError("an imported checkpoint has no facts");
  return {
    kind,
    architecture,
    dtype,
    parameters: parameters === null ? null : Number(parameters),
    window: context_window,
    hashes: { weights: weights_sha256, tokenizer: tokenizer_sha256, config: config_sha256 },
    ...(server === null ? {} : { server: JSON.parse(server) as ServerFacts }),
  };
}
