/** Defines a backend whose model is behind inference servers: ids go out, log-probabilities or ids come back. */

import { UserError } from "../../../base/errors.js";
import { tokenCount, tokenTree } from "../../tree/token-tree.js";
import type { Answer, Backend, Draw, OnStep, OnWork, ScoredSequences, Step } from "../backend.js";
import type { Sequence } from "../sequence.js";
import type { ServerClient } from "./client.js";
import type { Asked, Dialect, ServerAbout, TokenScore } from "./dialect.js";
import type { AdaptiveLimit } from "./limit.js";
import { affinityOf, clustersOf, questionsOf, type PlacedQuestion } from "./questions.js";

/** Sets the new tokens asked for first; an answer that goes on after them is asked for twice as many each time. */
const FIRST_STEP = 16;

/** Holds a model that was examined, and how it is asked. */
export interface ServedModel {
  readonly client: ServerClient;
  readonly dialect: Dialect;
  readonly about: ServerAbout;
  readonly limit: AdaptiveLimit;
  /** Ids that may be sent: those below. Others end some servers. */
  readonly vocabSize: number;
}

export class ServerBackend implements Backend {
  /** @param endServer called when nobody asks any more */
  constructor(
    private readonly served: ServedModel,
    readonly window: number,
    readonly eosIds: readonly number[],
    private readonly endServer: () => Promise<void>,
  ) {}

  async score(
    sequences: readonly Sequence[],
    onWork?: OnWork,
    known: ReadonlySet<number> = new Set(),
  ): Promise<ScoredSequences> {
    const { client, dialect, about } = this.served;
    let targets = 0;
    const placed = sequences.map((sequence) => {
      this.refuseForeign(sequence.ids);
      this.refuseForeign(sequence.targets.map(({ token }) => token));
      targets += sequence.targets.length;
      return { ids: sequence.ids, targets: [] };
    });
    const scored = { logprobs: new Float64Array(targets).fill(NaN), best: new Float64Array(targets) };
    const questions = questionsOf(sequences, known);
    const progress = new Counter(questions.length, tokenCount(tokenTree(placed)), onWork);
    const ask = async (question: PlacedQuestion, asked: Asked) => {
      const scores = await dialect.score(client, about, question, asked);
      const answers = question.places.flatMap((places, c) =>
        places.map((place, t): Answer => ({ place, ...((scores[c] as TokenScore[])[t] as TokenScore) })),
      );
      for (const { place, logprob, best } of answers) {
        scored.logprobs[place] = logprob;
        scored.best[place] = best;
      }
      progress.add({ answers });
    };
    await this.askAll(questions, ask, progress);
    return scored;
  }

  async generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    onStep: OnStep,
    onWork?: OnWork,
    known: ReadonlyMap<number, number> = new Map(),
    draws?: readonly (Draw | undefined)[],
  ): Promise<number[][]> {
    const results: number[][] = contexts.map(() => []);
    const open = contexts.flatMap((context, row) => (known.has(row) ? [] : [{ context, row }]));
    for (const { context } of open) this.refuseForeign(context);
    const fewest = tokenCount(tokenTree(contexts.map((ids) => ({ ids, targets: [] }))));
    const newTokens = [...known.values()].reduce((sum, count) => sum + Math.max(0, count - 1), 0);
    const progress = new Counter(open.length, fewest + newTokens, onWork);
    const ask = async ({ context, row }: (typeof open)[number], asked: Asked) => {
      const ids = await this.continued(context, row, maxNewTokens, onStep, asked, draws?.[row]);
      results[row] = ids;
      progress.add({ ended: [{ row, ids }] }, ids.length - 1);
    };
    await this.askAll(open, ask, progress);
    return results;
  }

  /** Continues a context until a step, the model or the limit ends it. */
  private async continued(
    context: readonly number[],
    row: number,
    most: number,
    onStep: OnStep,
    asked: Asked,
    draw: Draw | undefined,
  ): Promise<number[]> {
    const { client, dialect, about } = this.served;
    const ids: number[] = [];
    for (let step = FIRST_STEP; ids.length < most; step *= 2) {
      const wanted = dialect.resumes ? Math.min(step, most - ids.length) : most;
      const whole = [...context, ...ids];
      // A part that begins with the seed of the one before would repeat its random numbers.
      const part = draw && { ...draw, seed: (draw.seed + ids.length) % 2 ** 31 };
      const { ids: more, ended } = await dialect.generate(client, about, whole, wanted, asked, part);
      for (const id of more) {
        ids.push(id);
        if (this.eosIds.includes(id)) return ids;
        if ((await onStep([{ row, ids }]))[0] === true) return ids;
      }
      if (!ended && dialect.resumes) continue;
      // Some servers keep the token that ended the answer to themselves.
      const [end] = this.eosIds;
      if (ended && end !== undefined && ids.length < most) ids.push(end);
      return ids;
    }
    return ids;
  }

  async close(): Promise<void> {
    this.served.client.close();
    await this.endServer();
  }

  /** Asks everything: of what begins alike one first, so that the others find its beginning in the server's cache. */
  private async askAll<T extends { readonly context: readonly number[] }>(
    items: readonly T[],
    ask: (item: T, asked: Asked) => Promise<void>,
    progress: Counter,
  ): Promise<void> {
    const { limit } = this.served;
    const failures: unknown[] = [];
    const onTokens = (computed: number) => {
      progress.computed(computed);
    };
    const one = async (item: T, affinity: number) => {
      await limit.run(async () => {
        if (failures.length > 0) return;
        try {
          await ask(item, { affinity, onTokens });
          limit.answered();
        } catch (error) {
          failures.push(error);
        }
      });
    };
    await Promise.all(
      clustersOf(items, ({ context }) => context).map(async ([first, ...others]) => {
        if (first === undefined) return;
        const affinity = affinityOf(first.context);
        await one(first, affinity);
        await Promise.all(others.map((item) => one(item, affinity)));
      }),
    );
    if (failures.length > 0) throw failures[0];
  }

  /** @throws UserError for an id that the model does not know */
  private refuseForeign(ids: readonly number[]): void {
    const foreign = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= this.served.vocabSize);
    if (foreign === undefined) return;
    throw new UserError(
      `token ${foreign} is beyond the ${this.served.vocabSize} tokens of the server's model; nothing was sent`,
    );
  }
}

/** Tells of a call's progress. */
class Counter {
  private done = 0;
  private tokens = 0;
  private readonly started = performance.now();

  constructor(
    private readonly total: number,
    private distinctTokens: number,
    private readonly onWork: OnWork | undefined,
  ) {
    if (total === 0) this.tell({});
  }

  computed(tokens: number): void {
    this.tokens += tokens;
  }

  add(results: { readonly answers?: readonly Answer[]; readonly ended?: readonly Step[] }, newTokens = 0): void {
    this.done++;
    this.distinctTokens += newTokens;
    this.tokens += newTokens;
    this.tell(results);
  }

  private tell(results: { readonly answers?: readonly Answer[]; readonly ended?: readonly Step[] }): void {
    this.onWork?.({
      share: this.total === 0 ? 1 : this.done / this.total,
      tokens: this.tokens,
      distinctTokens: this.distinctTokens,
      reusedTokens: 0,
      busy: performance.now() - this.started,
      ...results,
    });
  }
}
