/** Takes what one run needs out of the store and puts its scores into it. */

import { listValue } from "@duckdb/node-api";
import type { RowScore } from "../metrics/row-score.js";
import { ContentStore, type StoredVariant } from "./content-store.js";
import type { CheckpointContent, VariantContent } from "./contents.js";
import type { Database } from "./database.js";
import { rowLines } from "./row-lines.js";
import { rowScoreOf, SELECT_ROWS, type StoredRow } from "./row-columns.js";
import { headerOf, type CheckpointFacts, type Results, type ResultsHeader } from "./results.js";
import { canonicalJson, sha256 } from "../base/hash.js";
import { WriteQueue } from "./write-queue.js";

/** Holds what computing a cell took. */
export interface CellCost {
  readonly tokens: number;
  readonly distinctTokens: number;
  readonly reusedTokens: number;
  /** Milliseconds inside the runtime. */
  readonly busy: number;
  readonly seconds: number;
}

/** Identifies a cell of a run: names as the run calls them, contents by their ids. */
export interface CellPlace {
  /** Position in the run. */
  readonly place: number;
  readonly checkpointName: string;
  readonly task: string;
  readonly prompt: string;
}

export interface CellIds {
  readonly checkpoint: number;
  readonly variant: StoredVariant;
}

/** Holds a finished cell's rows, in their order, and their SHA-256 as JSON lines. */
export interface StoredCell {
  readonly rows: readonly RowScore[];
  readonly rowsHash: string;
  readonly cost: CellCost;
}

/** Holds what is there of a cell that is not finished: scores by place. */
export interface StoredPart {
  readonly rows: ReadonlyMap<number, RowScore>;
}

export interface RunIdentity {
  /** Made of the command and the shard; a run of the same key goes on. */
  readonly key: string;
  readonly command: Results["command"];
  /** As --shard names it. */
  readonly shard: string | undefined;
}

export class RunStore {
  private readonly queue: WriteQueue;

  private constructor(
    private readonly database: Database,
    private readonly contents: ContentStore,
    private readonly run: number,
    /** Nothing that is stored is used. */
    private readonly fresh: boolean,
  ) {
    this.queue = new WriteQueue(database);
  }

  static async begin(
    database: Database,
    identity: RunIdentity,
    header: ResultsHeader,
    fresh: boolean,
  ): Promise<RunStore> {
    const { key, command, shard } = identity;
    const contents = await ContentStore.open(database);
    const id = await database.transaction(async (within) => {
      const [found] = await within.all<{ id: number }>("SELECT id FROM runs WHERE key = $key", { key });
      const [next] = await within.all<{ id: number }>("SELECT coalesce(max(id) + 1, 0) AS id FROM runs");
      const run = found?.id ?? next?.id ?? 0;
      await within.run("DELETE FROM runs WHERE id = $run", { run });
      await within.run(
        "INSERT INTO runs VALUES ($run, $key, $command, $shard, 'running', now()::TIMESTAMP, $plan, NULL)",
        { run, key, command: canonicalJson(command), shard: shard ?? null, plan: JSON.stringify(header) },
      );
      await within.run("UPDATE run_cells SET current = false WHERE run = $run AND current", { run });
      return run;
    });
    return new RunStore(database, contents, id, fresh);
  }

  /** Returns what a spec was at a commit, so that it need not be downloaded to know. */
  recall(spec: string, revision: string): Promise<CheckpointFacts | undefined> {
    return this.contents.recall(spec, revision);
  }

  /** Returns the facts of a served model as an earlier run stored them, where its probes say that it is the same. */
  sameServer(facts: CheckpointFacts): Promise<CheckpointFacts> {
    return this.contents.sameServer(facts);
  }

  checkpoint(content: CheckpointContent, spec: string): Promise<number> {
    return this.contents.checkpoint(content, spec);
  }

  variant(content: VariantContent): Promise<StoredVariant> {
    return this.contents.variant(content);
  }

  /** Finds what is there of a cell: all of it, or the rows that an interrupted run or another cell left. */
  async find({ checkpoint, variant }: CellIds): Promise<StoredCell | StoredPart> {
    if (this.fresh) await this.forget({ checkpoint, variant });
    const ids = { checkpoint, variant: variant.id };
    const stored = await this.database.all<StoredRow>(SELECT_ROWS, ids);
    const rows = stored.map(rowScoreOf);
    this.queue.note(
      checkpoint,
      stored.map(({ question }) => question),
    );
    if (rows.length === variant.questions.length) {
      const [cost] = await this.database.all<CellColumns>(
        "SELECT * FROM cells WHERE checkpoint = $checkpoint AND variant = $variant",
        ids,
      );
      if (cost !== undefined) return { rows, rowsHash: sha256(rowLines(rows)), cost: costOf(cost) };
    }
    return { rows: new Map(stored.map(({ place }, i) => [place, rows[i] as RowScore])) };
  }

  /** Gives up what is stored of a cell, but for what this run itself computed, for another cell that asks the same. */
  private async forget({ checkpoint, variant }: CellIds): Promise<void> {
    const earlier = variant.questions.filter((question) => !this.queue.has(checkpoint, question));
    await this.database.transaction(async (within) => {
      await within.run("DELETE FROM cells WHERE checkpoint = $checkpoint AND variant = $variant", {
        checkpoint,
        variant: variant.id,
      });
      await within.run(
        "DELETE FROM row_scores WHERE checkpoint = $checkpoint AND question IN (SELECT unnest($earlier::INTEGER[]))",
        { checkpoint, earlier: listValue(earlier) },
      );
    });
  }

  /** Begins a cell; from now on what is stored of it belongs to the run. */
  begin(place: CellPlace, ids: CellIds): void {
    this.put(place, ids, "running", undefined);
  }

  /** Adds the score of a row of a cell that has begun. */
  addRow({ checkpoint, variant }: CellIds, place: number, score: RowScore): void {
    this.queue.addRow(checkpoint, variant.questions[place] as number, score);
  }

  /** Lets the run take over a finished cell. */
  reuse(place: CellPlace, ids: CellIds): void {
    this.put(place, ids, "finished", undefined);
  }

  /** @returns the cell's rows as they are stored now */
  async finish(place: CellPlace, ids: CellIds, cost: CellCost): Promise<StoredCell> {
    await this.queue.flush();
    const { checkpoint, variant } = ids;
    const stored = await this.database.all<StoredRow>(SELECT_ROWS, { checkpoint, variant: variant.id });
    if (stored.length !== variant.questions.length) {
      throw new Error(`${stored.length} of ${variant.questions.length} rows of a finished cell are stored`);
    }
    const rows = stored.map(rowScoreOf);
    const rowsHash = sha256(rowLines(rows));
    this.queue.add(async (within) => {
      const { tokens, distinctTokens, reusedTokens, busy, seconds } = cost;
      await within.run("DELETE FROM cells WHERE checkpoint = $checkpoint AND variant = $variant", {
        checkpoint,
        variant: variant.id,
      });
      await within.run(
        "INSERT INTO cells VALUES ($checkpoint, $variant, $tokens, $distinctTokens, $reusedTokens, $busy, $seconds, $rowsHash)",
        { checkpoint, variant: variant.id, tokens, distinctTokens, reusedTokens, busy, seconds, rowsHash },
      );
    });
    this.put(place, ids, "finished", undefined);
    await this.queue.flush();
    return { rows, rowsHash, cost };
  }

  /** @param ids undefined where its checkpoint could not be opened */
  fail(place: CellPlace, ids: CellIds | undefined, error: string): void {
    this.put(place, ids, "failed", error);
  }

  private put(
    { place, checkpointName, task, prompt }: CellPlace,
    ids: CellIds | undefined,
    status: string,
    error = "",
  ): void {
    const { run } = this;
    this.queue.add(async (within) => {
      const names = { run, checkpointName, task, prompt };
      await within.run(
        `DELETE FROM run_cells WHERE run = $run AND checkpoint_name = $checkpointName AND task = $task
         AND prompt = $prompt`,
        names,
      );
      await within.run(
        `INSERT INTO run_cells VALUES ($run, $place, $checkpointName, $task, $prompt, $checkpoint, $variant, $status,
         $error, true)`,
        {
          ...names,
          place,
          checkpoint: ids?.checkpoint ?? null,
          variant: ids?.variant.id ?? null,
          status,
          error: status === "failed" ? error : null,
        },
      );
    });
  }

  /** Ends the work on a checkpoint whose cells have all had their turn. */
  leave(checkpoint: number): void {
    this.queue.leave(checkpoint);
  }

  /** Waits until everything that came in is durable. */
  flush(): Promise<void> {
    return this.queue.flush();
  }

  /**
   * Stores how the run ended; what is left of the command's earlier cells is given up where all have had their turn.
   */
  async end(results: Results): Promise<void> {
    await this.queue.flush();
    const { run } = this;
    await this.database.transaction(async (within) => {
      const { status } = results;
      await within.run("UPDATE runs SET status = $status, plan = $plan, document = $document WHERE id = $run", {
        run, status, plan: JSON.stringify(headerOf(results)), document: JSON.stringify(results),
      }); // prettier-ignore
      if (status === "complete") await within.run("DELETE FROM run_cells WHERE run = $run AND NOT current", { run });
    });
  }
}

export interface CellColumns {
  readonly tokens: bigint;
  readonly distinct_tokens: bigint;
  readonly reused_tokens: bigint;
  readonly model_ms: number;
  readonly seconds: number;
}

export function costOf({ tokens, distinct_tokens, reused_tokens, model_ms, seconds }: CellColumns): CellCost {
  return {
    tokens: Number(tokens),
    distinctTokens: Number(distinct_tokens),
    reusedTokens: Number(reused_tokens),
    busy: model_ms,
    seconds,
  };
}
