/** Runs the cells of the checkpoints that share an engine: takes each from state to state. */

import pLimit from "p-limit";
import type { Progress } from "../engine/types.js";
import { WorkerDiedError } from "../engine/backends/worker-backend.js";
import { messageOf } from "../base/errors.js";
import type { StoredVariant } from "../store/content-store.js";
import type { CheckpointFacts, ServerTraffic } from "../store/results.js";
import type { CellCost, RunStore } from "../store/run-store.js";
import type { PromptVariant } from "../templates/variant.js";
import { askTogether, costsOf, type OpenCell } from "./ask-together.js";
import { askedWith } from "./askings.js";
import { placeOf, type Cell } from "./cell.js";
import type { CellState, Failed, Scored, Turn } from "./cell-state.js";
import { GroupOpener, type Running } from "./group-opener.js";
import { answererOf, type EngineGroup } from "./groups.js";
import type { StudyCheckpoint } from "./plan.js";
import { variantContent } from "./questions.js";
import { cellRequests, type CellRequests } from "./requests.js";

/** Calls that the engine may have at a time: one that it answers and one that is prepared meanwhile. */
const AHEAD = 2;
/** Sets the same for servers, which answer many requests at a time. */
const AHEAD_OF_SERVER = 6;

/** Holds ids of variants, which all groups of a run share. */
const variantsOf = new WeakMap<RunStore, Map<string, Promise<StoredVariant>>>();

/** Holds cells of one checkpoint and task that the model is asked in one call. */
interface Call {
  readonly cells: readonly Cell[];
  /** Those of the cells, and others with which they are planned. */
  readonly variants: readonly PromptVariant[];
  /** What the model is asked under each variant, rendered when first wanted and let go with the call. */
  readonly requests: Map<PromptVariant, CellRequests>;
  /** Cells whose end nobody has taken yet. */
  readonly left: Set<Cell>;
  scored?: Promise<ReadonlyMap<Cell, Scored>>;
}

export class GroupRunner {
  private readonly opener: GroupOpener;
  private readonly states = new Map<Cell, CellState>();
  private readonly calls = new Map<Cell, Call>();
  /** What the engine is asked. */
  private readonly active = new Set<Promise<readonly Scored[]>>();
  /** Calls that have begun and not ended. */
  private underway = 0;
  /** When the engine answered last: a cell that was asked earlier had to wait until then. */
  private free = 0;
  private listener: ((progress: Progress) => void) | undefined;
  /** Cells that are tried again run one after the other. */
  private readonly alone = pLimit(1);

  constructor(
    private readonly group: EngineGroup,
    private readonly cells: readonly Cell[],
    private readonly running: Running,
  ) {
    this.opener = new GroupOpener(group, running);
  }

  /** Returns what was found out about the checkpoints so far. */
  get facts(): ReadonlyMap<StudyCheckpoint, CheckpointFacts> {
    return this.opener.facts;
  }

  /**
   * Returns what was asked of a model behind servers; undefined for weights on this machine, and where nothing was
   * opened.
   */
  get traffic(): ServerTraffic | undefined {
    return this.opener.traffic;
  }

  /**
   * Decides what a cell needs; it is looked up once for each. A cell that needs nothing of the model has had its turn
   * then.
   */
  async take(cell: Cell): Promise<Turn | Scored> {
    const turn = await this.turn(cell);
    if (turn.state === "stored" || turn.state === "failed") this.leave(cell);
    return turn;
  }

  /**
   * Runs a cell with those that are asked together with it, and finds out meanwhile what the next ones need, so that
   * the model need not wait.
   * @param onProgress told of the progress of this cell, and of no other until the next call
   */
  async run(cell: Cell, onProgress: (progress: Progress) => void): Promise<Scored> {
    const scored = this.start(cell);
    this.listener = onProgress;
    const ahead = this.group.engine.server === undefined ? AHEAD : AHEAD_OF_SERVER;
    for (const next of this.cells.slice(this.cells.indexOf(cell) + 1)) {
      if (this.opener.hasDied || this.underway >= ahead) break;
      if (this.calls.get(next)?.scored === undefined) void this.start(next);
    }
    const found = (await scored).get(cell) as Scored;
    this.leave(cell);
    return found;
  }

  /** Brings the checkpoint to this machine before its turn comes. */
  async fetch(): Promise<void> {
    await this.opener.fetch();
  }

  /** Waits for the run of the model that is going on; nothing begins after that. */
  async close(): Promise<void> {
    await this.opener.close();
    await Promise.allSettled(this.active);
  }

  /** Lets go of what the store holds for the checkpoints; no other group that runs may be of the same weights. */
  release(): Promise<void> {
    return this.opener.leave();
  }

  /** Lets go of what is held for a cell, and of its call after the last cell of it. */
  private leave(cell: Cell): void {
    const call = this.callOf(cell);
    this.states.delete(cell);
    call.left.delete(cell);
    if (call.left.size === 0) for (const one of call.cells) this.calls.delete(one);
  }

  private callOf(cell: Cell): Call {
    const known = this.calls.get(cell);
    if (known !== undefined) return known;
    const { checkpoint, task, variant } = cell;
    const variants = askedWith(task, variant, this.running.plan.options);
    const cells = this.cells.filter(
      (other) => other.checkpoint === checkpoint && other.task === task && variants.includes(other.variant),
    );
    const call: Call = { cells, variants, requests: new Map(), left: new Set(cells) };
    for (const one of cells) this.calls.set(one, call);
    return call;
  }

  private start(cell: Cell): Promise<ReadonlyMap<Cell, Scored>> {
    const call = this.callOf(cell);
    if (call.scored === undefined) {
      this.underway++;
      call.scored = this.ask(call).finally(() => this.underway--);
      // Whoever asks for a cell of it hears of it; a call that nobody comes to take is no unhandled failure.
      call.scored.catch(() => undefined);
    }
    return call.scored;
  }

  /** @returns what became of the cells that are not in the store */
  private async ask(call: Call): Promise<ReadonlyMap<Cell, Scored>> {
    const scored = new Map<Cell, Scored>();
    const open: OpenCell[] = [];
    // A cell that was taken already has ended.
    const cells = call.cells.filter((cell) => call.left.has(cell));
    const turns = await Promise.all(cells.map((cell) => this.turn(cell)));
    for (const [i, cell] of cells.entries()) {
      const turn = turns[i] as Turn | Scored;
      if (turn.state === "failed") scored.set(cell, turn);
      if (turn.state !== "asking") continue;
      const known = new Map([...turn.part.rows].map(([place, { new_tokens = 0 }]) => [place, new_tokens]));
      open.push({ cell, ids: turn.ids, known });
    }
    if (open.length === 0) return scored;
    const active = this.score(open, call).finally(() => this.active.delete(active));
    this.active.add(active);
    for (const [i, one] of (await active).entries()) {
      const { cell } = open[i] as OpenCell;
      this.states.set(cell, one);
      scored.set(cell, one);
    }
    return scored;
  }

  private turn(cell: Cell): Promise<Turn | Scored> {
    const now = this.states.get(cell) ?? { state: "waiting" };
    switch (now.state) {
      case "waiting": {
        const turn = this.find(cell).then((found) => {
          this.states.set(cell, found);
          return found;
        });
        // Whoever asks for the turn hears of it; a turn that nobody comes to take is no unhandled failure.
        turn.catch(() => undefined);
        this.states.set(cell, { state: "opening", turn });
        return turn;
      }
      case "opening":
        return now.turn;
      default:
        return Promise.resolve(now);
    }
  }

  private async find(cell: Cell): Promise<Turn> {
    const checkpoint = await this.opener.identify(cell.checkpoint);
    if (typeof checkpoint !== "number") return checkpoint;
    const ids = { checkpoint, variant: await this.variant(cell) };
    const found = await this.running.store.find(ids);
    if ("cost" in found) return { state: "stored", ids, stored: found };
    const failure = await this.opener.open();
    if (failure !== undefined) return { ...failure, ids };
    const engine = await this.opener.engine();
    return "state" in engine ? { ...engine, ids } : { state: "asking", ids, part: found };
  }

  private variant(cell: Cell): Promise<StoredVariant> {
    const { plan, store } = this.running;
    const { task, variant } = cell;
    const known = variantsOf.get(store) ?? new Map<string, Promise<StoredVariant>>();
    variantsOf.set(store, known);
    const name = JSON.stringify([task.rows.task.name, variant.id]);
    let stored = known.get(name);
    if (stored === undefined) {
      stored = store.variant(variantContent(task, variant, this.requestsOf(this.callOf(cell), variant), plan));
      known.set(name, stored);
    }
    return stored;
  }

  private requestsOf(call: Call, variant: PromptVariant): CellRequests {
    const { answer, calibrate, drawn } = this.running.plan.options;
    const [{ task }] = call.cells as readonly [Cell];
    const requests = call.requests.get(variant) ?? cellRequests(task.rows, variant, answer, calibrate, drawn);
    call.requests.set(variant, requests);
    return requests;
  }

  /**
   * Scores cells; those whose call fails are tried again one by one, so that the one that makes it fail takes no other
   * with it.
   */
  private async score(open: readonly OpenCell[], call: Call): Promise<readonly Scored[]> {
    const { variants } = call;
    for (const { cell, ids } of open) this.running.store.begin(placeOf(cell), ids);
    try {
      return await this.attempt(open, variants, call);
    } catch (error) {
      const hasDied = error instanceof WorkerDiedError;
      if (this.opener.isClosed || (!hasDied && variants.length === 1)) return open.map((one) => failed(one, error));
      const again = async (one: OpenCell): Promise<Scored> => {
        try {
          const [scored] = await this.attempt([one], hasDied ? variants : [one.cell.variant], call);
          return scored as Scored;
        } catch (cause) {
          return failed(one, cause);
        }
      };
      return Promise.all(open.map((one) => this.alone(again, one)));
    }
  }

  /** @throws what the engine throws */
  private async attempt(
    open: readonly OpenCell[],
    variants: readonly PromptVariant[],
    call: Call,
  ): Promise<readonly Scored[]> {
    const [{ cell }] = open as readonly [OpenCell];
    const engine = await this.opener.engine();
    if ("state" in engine) return open.map(({ ids }) => ({ ...engine, ids }));
    const began = performance.now();
    try {
      const answerer = answererOf(engine, cell.checkpoint);
      const asked = new Map(variants.map((variant) => [variant, this.requestsOf(call, variant)]));
      const work = await askTogether(answerer, open, asked, this.running.store, (progress) =>
        this.listener?.(progress),
      );
      const seconds = (performance.now() - Math.max(began, this.free)) / 1000;
      this.free = performance.now();
      const costs = costsOf(open, variants, { ...work, seconds });
      return open.map(({ ids }, i) => ({ state: "answered", ids, cost: costs[i] as CellCost }));
    } catch (error) {
      if (error instanceof WorkerDiedError) this.opener.bury(engine);
      throw error;
    }
  }
}

function failed({ ids }: OpenCell, error: unknown): Failed {
  return { state: "failed", error: messageOf(error), ids };
}
