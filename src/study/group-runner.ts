/** Runs the cells of the checkpoints that share an engine: opened when a cell first needs it, opened again when it dies. */

import pLimit from "p-limit";
import { openWorkerEngine } from "../engine/open.js";
import type { Engine, Progress } from "../engine/types.js";
import { WorkerDiedError } from "../engine/backends/worker-backend.js";
import { messageOf } from "../base/errors.js";
import type { KeptDownloads } from "../hub/index.js";
import type { StoredVariant } from "../store/content-store.js";
import type { CheckpointFacts } from "../store/results.js";
import type { CellCost, CellIds, RunStore, StoredCell, StoredPart } from "../store/run-store.js";
import type { PromptVariant } from "../templates/variant.js";
import { askTogether, costsOf, type OpenCell } from "./ask-together.js";
import { askedWith } from "./askings.js";
import { placeOf, type Cell } from "./cell.js";
import { answererOf, fetchGroup, type EngineGroup } from "./groups.js";
import { factsOf, openGroup } from "./open-group.js";
import type { Plan, StudyCheckpoint } from "./plan.js";
import { checkpointContent, commitsOf, variantContent } from "./questions.js";
import { cellRequests } from "./requests.js";

/** What a group's cells are run with. */
export interface Running {
  readonly plan: Plan;
  readonly store: RunStore;
  readonly downloads: KeptDownloads | undefined;
  readonly onDownload: (line: string) => void;
}

export interface Failure {
  readonly error: string;
  readonly ids?: CellIds | undefined;
  /** What was thrown, where the checkpoint could not even be opened. */
  readonly unopened?: unknown;
}

/** What there is to do for a cell: nothing, since it is in the store or cannot be run; or what is left of its rows. */
export type Turn =
  | { readonly ids: CellIds; readonly stored: StoredCell }
  | { readonly ids: CellIds; readonly part: StoredPart }
  | (Failure & { readonly ids?: CellIds | undefined });

export type Scored = { readonly ids: CellIds; readonly cost: CellCost } | Failure;

/** Calls that the engine may have at a time: one that it answers and one that is prepared meanwhile. */
const AHEAD = 2;

/** Ids of variants, which all groups of a run share. */
const variantsOf = new WeakMap<RunStore, Map<string, Promise<StoredVariant>>>();

export class GroupRunner {
  /** What was found out about the checkpoints so far. */
  readonly facts = new Map<StudyCheckpoint, CheckpointFacts>();
  private readonly turns = new Map<Cell, Promise<Turn>>();
  private readonly scored = new Map<Cell, Promise<Scored>>();
  /** What the engine is asked. */
  private readonly active = new Set<Promise<readonly Scored[]>>();
  private readonly checkpointIds = new Map<StudyCheckpoint, Promise<number>>();
  private opening: Promise<Failure | undefined> | undefined;
  private recalling: Promise<void> | undefined;
  private engine: Promise<Engine | Failure> | undefined;
  private readonly dead = new Set<Engine>();
  private closed = false;
  /** When the engine answered last: a cell that was asked earlier had to wait until then. */
  private free = 0;
  private listener: ((progress: Progress) => void) | undefined;
  /** Cells that are tried again run one after the other. */
  private readonly alone = pLimit(1);

  constructor(
    private readonly group: EngineGroup,
    private readonly cells: readonly Cell[],
    private readonly running: Running,
  ) {}

  /** What a cell needs; asked once for each. */
  turn(cell: Cell): Promise<Turn> {
    let turn = this.turns.get(cell);
    if (turn === undefined) {
      turn = this.find(cell);
      // Whoever asks for the turn hears of it; a turn that nobody comes to take is no unhandled failure.
      turn.catch(() => undefined);
      this.turns.set(cell, turn);
    }
    return turn;
  }

  /**
   * Runs a cell with those that are asked together with it, and finds out meanwhile what the next ones need, so that the
   * model need not wait.
   * @param onProgress told of the progress of this cell, and of no other until the next call
   */
  async run(cell: Cell, onProgress: (progress: Progress) => void): Promise<Scored> {
    const running = this.start(cell);
    this.listener = onProgress;
    const next = this.cells.slice(this.cells.indexOf(cell) + 1).find((later) => !this.scored.has(later));
    if (next !== undefined && this.dead.size === 0 && this.active.size < AHEAD) void this.start(next);
    this.turns.delete(cell);
    const scored = await running;
    this.scored.delete(cell);
    return scored;
  }

  /** Waits for the run of the model that is going on; nothing begins after that. */
  async close(): Promise<void> {
    this.closed = true;
    const engine = await this.engine;
    if (engine !== undefined && !("error" in engine)) await engine.close();
    await Promise.allSettled(this.active);
    for (const id of await Promise.allSettled(this.checkpointIds.values())) {
      if (id.status === "fulfilled") this.running.store.leave(id.value);
    }
  }

  private start(cell: Cell): Promise<Scored> {
    const begun = this.scored.get(cell);
    if (begun !== undefined) return begun;
    const { checkpoint, task, variant } = cell;
    const variants = askedWith(task, variant, this.running.plan.options);
    const cells = this.cells.filter(
      (other) => other.checkpoint === checkpoint && other.task === task && variants.includes(other.variant),
    );
    const all = this.ask(cells, variants);
    for (const [i, one] of cells.entries()) {
      const scored = all.then((each) => each[i] as Scored);
      scored.catch(() => undefined);
      this.scored.set(one, scored);
    }
    return this.scored.get(cell) as Promise<Scored>;
  }

  /** @returns one for each cell, in their order */
  private async ask(cells: readonly Cell[], variants: readonly PromptVariant[]): Promise<Scored[]> {
    const turns = await Promise.all(cells.map((cell) => this.turn(cell)));
    const open = cells.flatMap((cell, i): OpenCell[] => {
      const turn = turns[i] as Turn;
      if (!("part" in turn)) return [];
      const known = new Map([...turn.part.rows].map(([place, { new_tokens = 0 }]) => [place, new_tokens]));
      return [{ cell, ids: turn.ids, known }];
    });
    let answered: readonly Scored[] = [];
    if (open.length > 0) {
      const active = this.score(open, variants).finally(() => this.active.delete(active));
      this.active.add(active);
      answered = await active;
    }
    return cells.map((cell, i): Scored => {
      const turn = turns[i] as Turn;
      if ("stored" in turn) return { error: "" };
      return "error" in turn ? turn : (answered[open.findIndex((one) => one.cell === cell)] as Scored);
    });
  }

  private async find(cell: Cell): Promise<Turn> {
    const { store } = this.running;
    const failure = await this.know(cell.checkpoint);
    if (failure !== undefined) return failure;
    const ids = { checkpoint: await this.checkpointId(cell.checkpoint), variant: await this.variant(cell) };
    const found = await store.find(ids);
    if ("cost" in found) return { ids, stored: found };
    const opened = await this.open();
    if (opened !== undefined) return { ...opened, ids };
    const engine = await this.engineNow();
    return "error" in engine ? { ...engine, ids } : { ids, part: found };
  }

  /** Finds out what a checkpoint is: from an earlier run, where a commit pins it, or by opening it. */
  private async know(checkpoint: StudyCheckpoint): Promise<Failure | undefined> {
    this.recalling ??= this.recall();
    await this.recalling;
    return this.facts.has(checkpoint) ? undefined : this.open();
  }

  /** A folder has to be opened to know what it is. */
  private async recall(): Promise<void> {
    for (const checkpoint of this.group.checkpoints) {
      const revision = commitsOf(checkpoint);
      if (revision === undefined) continue;
      const facts = await this.running.store.recall(checkpoint.given.spec, revision);
      if (facts !== undefined) this.facts.set(checkpoint, facts);
    }
  }

  /** Brings the group's checkpoint to this machine, where it is not, and opens it. */
  private open(): Promise<Failure | undefined> {
    this.opening ??= this.openNow();
    return this.opening;
  }

  private async openNow(): Promise<Failure | undefined> {
    const { plan, downloads, onDownload } = this.running;
    const { group } = this;
    try {
      const parts = [group.resolved, ...group.adapters].flatMap(({ download }) => download ?? []);
      if (parts.length > 0) await downloads?.hold(...parts);
      await fetchGroup(group, onDownload);
      const opened = await factsOf(group, await openGroup(group, plan.options));
      for (const [checkpoint, facts] of opened) this.facts.set(checkpoint, facts);
      return undefined;
    } catch (error) {
      return { error: messageOf(error), unopened: error };
    }
  }

  private checkpointId(checkpoint: StudyCheckpoint): Promise<number> {
    let id = this.checkpointIds.get(checkpoint);
    if (id === undefined) {
      const { plan, store } = this.running;
      const content = checkpointContent(checkpoint, this.facts.get(checkpoint) as CheckpointFacts, plan);
      id = store.checkpoint(content, checkpoint.given.spec);
      this.checkpointIds.set(checkpoint, id);
    }
    return id;
  }

  private variant({ task, variant }: Cell): Promise<StoredVariant> {
    const { plan, store } = this.running;
    const known = variantsOf.get(store) ?? new Map<string, Promise<StoredVariant>>();
    variantsOf.set(store, known);
    const name = JSON.stringify([task.rows.task.name, variant.id]);
    let stored = known.get(name);
    if (stored === undefined) {
      stored = store.variant(
        variantContent(
          task,
          variant,
          cellRequests(task.rows, variant, plan.options.answer, plan.options.calibrate),
          plan,
        ),
      );
      known.set(name, stored);
    }
    return stored;
  }

  /** The engine, opened again where it has died. A checkpoint that does not open fails its own cells, not those of others. */
  private async engineNow(): Promise<Engine | Failure> {
    const engine = await this.engine;
    if (engine !== undefined && ("error" in engine || !this.dead.has(engine))) return engine;
    if (this.closed) return { error: "the engine was closed" };
    this.engine = openWorkerEngine(this.group.engine).catch((error: unknown) => ({ error: messageOf(error) }));
    return this.engine;
  }

  /** Cells whose call fails are tried again one by one, so that the one that makes it fail takes no other with it. */
  private async score(open: readonly OpenCell[], variants: readonly PromptVariant[]): Promise<readonly Scored[]> {
    for (const { cell, ids } of open) this.running.store.begin(placeOf(cell), ids);
    try {
      return await this.attempt(open, variants);
    } catch (error) {
      const hasDied = error instanceof WorkerDiedError;
      if (this.closed || (!hasDied && variants.length === 1))
        return open.map(({ ids }) => ({ error: messageOf(error), ids }));
      const again = async (one: OpenCell): Promise<Scored> => {
        try {
          const [scored] = await this.attempt([one], hasDied ? variants : [one.cell.variant]);
          return scored as Scored;
        } catch (cause) {
          return { error: messageOf(cause), ids: one.ids };
        }
      };
      return Promise.all(open.map((one) => this.alone(again, one)));
    }
  }

  /** @throws what the engine throws */
  private async attempt(open: readonly OpenCell[], variants: readonly PromptVariant[]): Promise<readonly Scored[]> {
    const [{ cell }] = open as readonly [OpenCell];
    const engine = await this.engineNow();
    if ("error" in engine) return open.map(({ ids }) => ({ ...engine, ids }));
    const began = performance.now();
    try {
      const answerer = answererOf(engine, cell.checkpoint);
      const work = await askTogether(answerer, open, variants, this.running, (progress) => this.listener?.(progress));
      const seconds = (performance.now() - Math.max(began, this.free)) / 1000;
      this.free = performance.now();
      const costs = costsOf(open, variants, { ...work, seconds });
      return open.map(({ ids }, i) => ({ ids, cost: costs[i] as CellCost }));
    } catch (error) {
      if (error instanceof WorkerDiedError) this.dead.add(engine);
      throw error;
    }
  }
}
