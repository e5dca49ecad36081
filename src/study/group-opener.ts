/** Identifies and opens the checkpoints that share an engine, and the engine itself: opened again when it has died. */

import { openWorkerEngine } from "../engine/open.js";
import type { Engine } from "../engine/types.js";
import { messageOf } from "../base/errors.js";
import type { KeptDownloads } from "../hub/index.js";
import type { Traffic } from "../engine/backends/servers/client.js";
import type { OpenedModel } from "../engine/backends/servers/opened-model.js";
import type { CheckpointFacts, ServerTraffic } from "../store/results.js";
import type { RunStore } from "../store/run-store.js";
import type { Failed } from "./cell-state.js";
import { fetchGroup, type EngineGroup } from "./groups.js";
import { factsOf, openGroup } from "./open-group.js";
import type { Plan, StudyCheckpoint } from "./plan.js";
import { checkpointContent, commitsOf } from "./questions.js";

/** Holds what a group's cells are run with. */
export interface Running {
  readonly plan: Plan;
  readonly store: RunStore;
  readonly downloads: KeptDownloads | undefined;
  readonly onDownload: (line: string) => void;
}

export class GroupOpener {
  /** What was found out about the checkpoints so far. */
  readonly facts = new Map<StudyCheckpoint, CheckpointFacts>();
  private readonly ids = new Map<StudyCheckpoint, Promise<number>>();
  private recalling: Promise<void> | undefined;
  private fetching: Promise<void> | undefined;
  private opening: Promise<Failed | undefined> | undefined;
  private running: Promise<Engine | Failed> | undefined;
  private readonly dead = new Set<Engine>();
  private closed = false;
  private served: { readonly models: readonly OpenedModel[]; readonly since: number } | undefined;
  private seconds = 0;
  /** Ends the use of what was downloaded. */
  private letGo: () => void = () => undefined;

  constructor(
    private readonly group: EngineGroup,
    private readonly given: Running,
  ) {}

  /** Returns true once an engine has died. */
  get hasDied(): boolean {
    return this.dead.size > 0;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Returns what was asked of a model behind servers. */
  get traffic(): ServerTraffic | undefined {
    if (this.served === undefined) return undefined;
    const { models } = this.served;
    const sum = (key: keyof Traffic) => models.reduce((total, { traffic }) => total + traffic[key], 0);
    return {
      checkpoints: this.group.checkpoints.map(({ given }) => given.name),
      requests: sum("requests"),
      repeated: sum("repeated"),
      tokens_sent: Math.round(sum("sent")),
      tokens_computed: Math.round(sum("computed")),
      seconds: this.seconds,
    };
  }

  /** Finds the checkpoint's id in the store, or why nothing can be found out about it. */
  async identify(checkpoint: StudyCheckpoint): Promise<number | Failed> {
    this.recalling ??= this.recall();
    await this.recalling;
    if (!this.facts.has(checkpoint)) {
      const failure = await this.open();
      if (failure !== undefined) return failure;
    }
    let id = this.ids.get(checkpoint);
    if (id === undefined) {
      const { plan, store } = this.given;
      const content = checkpointContent(checkpoint, this.facts.get(checkpoint) as CheckpointFacts, plan);
      id = store.checkpoint(content, this.pinned(checkpoint));
      this.ids.set(checkpoint, id);
    }
    return id;
  }

  /**
   * Brings the group's checkpoint to this machine, where it is not; once. What fails is told where the checkpoint is
   * opened.
   */
  fetch(): Promise<void> {
    this.fetching ??= this.fetchNow();
    this.fetching.catch(() => undefined);
    return this.fetching;
  }

  /** Brings the group's checkpoint to this machine, where it is not, and opens it; once. */
  open(): Promise<Failed | undefined> {
    this.opening ??= this.openNow();
    return this.opening;
  }

  /**
   * Opens the engine, again where it has died. A checkpoint that does not open fails its own cells, not those of
   * others.
   */
  async engine(): Promise<Engine | Failed> {
    const engine = await this.running;
    if (engine !== undefined && ("state" in engine || !this.dead.has(engine))) return engine;
    if (this.closed) return { state: "failed", error: "the engine was closed" };
    this.running = openWorkerEngine(this.group.engine).catch((error: unknown): Failed => {
      return { state: "failed", error: messageOf(error) };
    });
    return this.running;
  }

  /** Notes that an engine has died: the next call of `engine` opens another. */
  bury(engine: Engine): void {
    this.dead.add(engine);
  }

  /** Closes the engine; no other is opened after that. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.served !== undefined) this.seconds = (performance.now() - this.served.since) / 1000;
    const engine = await this.running;
    if (engine !== undefined && !("state" in engine)) await engine.close();
    // A server is examined, and perhaps started, before an engine is opened on it.
    await this.group.engine.server?.close();
    this.letGo();
  }

  /** Tells the store that the group's checkpoints have had their turn. */
  async leave(): Promise<void> {
    for (const id of await Promise.allSettled(this.ids.values())) {
      if (id.status === "fulfilled") this.given.store.leave(id.value);
    }
  }

  /** Takes over from earlier runs what a checkpoint is, where a commit pins it; a folder has to be opened. */
  private async recall(): Promise<void> {
    // What a server answers depends on its version and flags as well.
    if (this.group.engine.server !== undefined) return;
    for (const checkpoint of this.group.checkpoints) {
      const revision = commitsOf(checkpoint);
      if (revision === undefined) continue;
      const facts = await this.given.store.recall(this.pinned(checkpoint), revision);
      if (facts !== undefined) this.facts.set(checkpoint, facts);
    }
  }

  /** Returns what a commit's facts are remembered by: another configuration where keys of it are passed over. */
  private pinned({ given }: StudyCheckpoint): string {
    const { ignoredConfigKeys = [] } = this.group.engine;
    return ignoredConfigKeys.length === 0 ? given.spec : `${given.spec} without ${ignoredConfigKeys.join(",")}`;
  }

  private async fetchNow(): Promise<void> {
    const { group, given } = this;
    const needed = [group.resolved, ...group.adapters].flatMap(({ download }) => download ?? []);
    if (needed.length > 0) this.letGo = (await given.downloads?.hold(...needed)) ?? this.letGo;
    await fetchGroup(group, given.onDownload);
  }

  private async openNow(): Promise<Failed | undefined> {
    const { group } = this;
    try {
      await this.fetch();
      const parts = await openGroup(group, this.given.plan.options);
      const { opened: model } = parts;
      if ("examination" in model)
        this.served = { models: [model, ...(model.adapters?.values() ?? [])], since: performance.now() };
      const opened = await factsOf(group, parts);
      for (const [checkpoint, facts] of opened) this.facts.set(checkpoint, await this.given.store.sameServer(facts));
      return undefined;
    } catch (error) {
      return { state: "failed", error: messageOf(error), unopened: error };
    }
  }
}
