/** Opens a model whose answers lie in a folder. */

import type { TokenizerFolder } from "../../../checkpoints/tokenizer-folder.js";
import { UserError } from "../../../base/errors.js";
import type { TextTokenizer } from "../../text/tokenizer.js";
import { tokenCount, tokenTree } from "../../tree/token-tree.js";
import type { Answer, Backend, Draw, OnStep, OnWork, ScoredSequences } from "../backend.js";
import type { Sequence } from "../sequence.js";
import { refuseDraws } from "./recording-backend.js";
import type { Traffic } from "../servers/client.js";
import type { OpenedModel } from "../servers/opened-model.js";
import { questionsOf } from "../servers/questions.js";
import type { Answers } from "./answers.js";

export interface ModelParts {
  readonly tokenizerFolder: TokenizerFolder;
  readonly tokenizer: TextTokenizer;
  readonly eosIds: readonly number[];
  readonly window: number;
}

export function answeredModel(answers: Answers, parts: ModelParts): OpenedModel {
  const { engine, version, model, dtype, vocab_size: vocabSize, flags } = answers.receipt;
  const traffic: Traffic = { requests: 0, repeated: 0, sent: 0, computed: 0 };
  return {
    ...parts,
    kind: "vllm",
    about: {
      engine, version, model, vocabSize, root: undefined, parent: undefined, contextLength: undefined,
      dtype: dtype ?? undefined, parameters: undefined, flags: { ...flags, offline: true }, slots: undefined,
    },
    shape: "a folder of requests: log-probabilities of chosen ids after each prefix, or of whole prompts",
    examination: { noScores: undefined, ...answers.canaries },
    traffic,
    backend: (end) => new AnswersBackend(answers, parts, traffic, end),
    close: () => undefined,
  }; // prettier-ignore
}

class AnswersBackend implements Backend {
  readonly window: number;
  readonly eosIds: readonly number[];

  constructor(
    private readonly answers: Answers,
    { window, eosIds }: ModelParts,
    private readonly traffic: Traffic,
    private readonly end: () => Promise<void>,
  ) {
    this.window = window;
    this.eosIds = eosIds;
  }

  score(
    sequences: readonly Sequence[],
    onWork?: OnWork,
    known: ReadonlySet<number> = new Set(),
  ): Promise<ScoredSequences> {
    const targets = sequences.reduce((sum, one) => sum + one.targets.length, 0);
    const scored = { logprobs: new Float64Array(targets).fill(NaN), best: new Float64Array(targets) };
    const answers: Answer[] = [];
    const work = new Work(
      this.traffic,
      sequences.map(({ ids }) => ids),
    );
    for (const { context, continuations, places } of questionsOf(sequences, known)) {
      continuations.forEach(({ tokens }, c) => {
        const found = this.answers.score(context, tokens);
        if (found === undefined) throw notAsked();
        work.add(found);
        (places[c] ?? []).forEach((place, t) => {
          const [logprob, best] = [found.values[2 * t] ?? NaN, found.values[2 * t + 1] ?? NaN];
          scored.logprobs[place] = logprob;
          scored.best[place] = best;
          answers.push({ place, logprob, best });
        });
      });
    }
    onWork?.({ ...work.total(), answers });
    return Promise.resolve(scored);
  }

  async generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    onStep: OnStep,
    onWork?: OnWork,
    known: ReadonlyMap<number, number> = new Map(),
    draws?: readonly (Draw | undefined)[],
  ): Promise<number[][]> {
    refuseDraws(draws);
    const results: number[][] = contexts.map(() => []);
    const work = new Work(this.traffic, contexts);
    for (const [row, context] of contexts.entries()) {
      if (known.has(row)) continue;
      const found = this.answers.generated(context, maxNewTokens);
      if (found === undefined) throw notAsked();
      work.add(found);
      const ids: number[] = [];
      for (const id of found.ids) {
        ids.push(id);
        if (this.eosIds.includes(id) || (await onStep([{ row, ids }]))[0] === true) break;
      }
      results[row] = ids;
    }
    const newTokens = contexts.map((_, row) => known.get(row) ?? results[row]?.length ?? 0);
    work.write(newTokens.reduce((sum, count) => sum + Math.max(0, count - 1), 0));
    const ended = results.flatMap((ids, row) => (known.has(row) ? [] : [{ row, ids }]));
    onWork?.({ ...work.total(), ended });
    return results;
  }

  close(): Promise<void> {
    return this.end();
  }
}

/** Adds up what answers took. */
class Work {
  private computed = 0;
  private distinctTokens: number;

  /** @param prompts of the call */
  constructor(
    private readonly traffic: Traffic,
    prompts: readonly (readonly number[])[],
  ) {
    this.distinctTokens = tokenCount(tokenTree(prompts.map((ids) => ({ ids, targets: [] }))));
  }

  add({ sent, computed }: { readonly sent: number; readonly computed: number }): void {
    this.computed += computed;
    this.traffic.requests++;
    this.traffic.sent += sent;
    this.traffic.computed += computed;
  }

  /** Counts tokens that were generated. */
  write(tokens: number): void {
    this.computed += tokens;
    this.distinctTokens += tokens;
  }

  total() {
    const { computed, distinctTokens } = this;
    return { share: 1, tokens: Math.round(computed), distinctTokens, reusedTokens: 0, busy: 0 };
  }
}

function notAsked(): UserError {
  return new UserError(
    "a request that is not among those that were exported; rows, prompts or tokenizer are others now: export again",
  );
}
