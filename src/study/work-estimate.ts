/** Estimates what a study's checkpoints have to read and write, and how long it takes on this machine. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { hashFile } from "../base/hash.js";
import { openWorkerEngine } from "../engine/open.js";
import { RecordingBackend } from "../engine/backends/offline/recording-backend.js";
import { TextEngine } from "../engine/text/text-engine.js";
import type { Answerer, Engine, GenerateRequest, ScoreRequest } from "../engine/types.js";
import type { PromptVariant } from "../templates/variant.js";
import { answererOf, engineGroups, fetchGroup, groupBytes, type EngineGroup } from "./groups.js";
import type { Plan, StudyCheckpoint } from "./plan.js";
import { openModelParts } from "./record-requests.js";
import { cellRequests, type CellRequests } from "./requests.js";
import type { TaskRows } from "./task-rows.js";

/** Sets how many requests of a kind are timed at most, and the seconds that all those of one kind may take. */
export const PROBES = { score: 8, generate: 2, seconds: 3 } as const;

/** Sets the rows of each task, over all of its prompts, whose tokens are counted where not all are. */
const SAMPLED_ROWS = 48;

/** Sets the time between two lines of progress. */
const PROGRESS_EVERY_MS = 2000;

/** Describes the work of one checkpoint. */
interface Work {
  /** Tokens read by the model. */
  tokens: number;
  /** Half width of the 95 % interval of `tokens`; 0 where every token was counted. */
  tokens_error: number;
  /** Tokens written at most. */
  new_tokens: number;
  /** 0 where a server would have to be started to know. */
  seconds: number;
  /** Seconds that one token takes to be read; 0 where nothing is scored. */
  seconds_per_token: number;
}

export interface CheckpointWork extends Work {
  readonly checkpoint: string;
  /** The checkpoint that was measured instead. */
  readonly like?: string;
}

/** Holds what the requests of one kind come to, and some of them with their tokens, to be timed. */
interface Tally<R> {
  tokens: number;
  /** Variance of `tokens`. */
  variance: number;
  requests: number;
  readonly sample: { readonly request: R; readonly tokens: number }[];
}

/**
 * Measures every checkpoint on this machine. One whose files are still on the hub is taken to be like the first of its
 * repository, and one whose config.json was seen before, like the one that had it.
 * @param exact counts the tokens of every row; otherwise those of a few rows of each prompt
 * @param onProgress called with a line of text
 */
export async function estimateWork(
  plan: Plan,
  exact: boolean,
  onProgress: (line: string) => void,
): Promise<CheckpointWork[]> {
  const work: CheckpointWork[] = [];
  const measured = new Map<string, CheckpointWork>();
  for (const group of engineGroups(plan)) {
    const { engine: options, checkpoints } = group;
    const { download } = group.resolved;
    const repository = download && `repository ${download.repo.id}`;
    const isAway = repository !== undefined && (await groupBytes(group)) > 0;
    let configuration = await configurationOf(group);
    const like = [isAway ? repository : undefined, configuration].flatMap((key) => measured.get(key ?? "") ?? [])[0];
    if (like !== undefined) {
      for (const { given } of checkpoints) work.push({ ...like, checkpoint: given.name, like: like.checkpoint });
      continue;
    }
    // No server is started to be timed.
    const isTimed = options.server?.started === undefined;
    if (isTimed) await fetchGroup(group, onProgress);
    configuration ??= await configurationOf(group);
    const engine = isTimed ? await openWorkerEngine(options) : await tokenCounter(group, onProgress);
    try {
      for (const checkpoint of checkpoints) {
        const answerer = answererOf(engine, checkpoint);
        const { name } = checkpoint.given;
        const tally = await countTokens(answerer, plan, exact, (done, total) => {
          onProgress(`${name}: tokens of ${done} of ${total} tasks counted`);
        });
        const own = { checkpoint: name, ...(await timeWork(answerer, tally, isTimed)) };
        for (const key of [repository, configuration]) {
          if (key !== undefined && !measured.has(key)) measured.set(key, own);
        }
        work.push(own);
      }
    } finally {
      await engine.close();
    }
  }
  return work;
}

/**
 * Returns a name of the configuration that two checkpoints may share; undefined for one that is not here, or served.
 */
async function configurationOf({ resolved, adapters, engine }: EngineGroup): Promise<string | undefined> {
  const config = join(resolved.folder, "config.json");
  if (adapters.length > 0 || engine.server !== undefined || !existsSync(config)) return undefined;
  return `configuration ${await hashFile(config)}`;
}

/** Makes an engine that counts tokens and has no model. */
async function tokenCounter({ checkpoints: [first] }: EngineGroup, onNote: (line: string) => void): Promise<Engine> {
  const { tokenizer, window, eosIds, tokenizerFolder } = await openModelParts(first as StudyCheckpoint, onNote);
  return new TextEngine(tokenizer, new RecordingBackend(window, eosIds, tokenizerFolder.vocabSize));
}

interface Tallies {
  readonly scoring: Tally<ScoreRequest>;
  readonly generating: Tally<GenerateRequest>;
  newTokens: number;
}

/** Counts the tokens of every cell, or of a few rows of it, other rows for each prompt. */
async function countTokens(
  engine: Answerer,
  plan: Plan,
  exact: boolean,
  onTask: (done: number, total: number) => void,
): Promise<Tallies> {
  const empty = () => ({ tokens: 0, variance: 0, requests: 0, sample: [] });
  const tallies: Tallies = { scoring: empty(), generating: empty(), newTokens: 0 };
  let [done, told] = [0, performance.now()];
  for (const { rows, variants } of plan.tasks) {
    for (const [v, variant] of variants.entries()) {
      const counted = exact ? rows : sampledRows(rows, v, Math.ceil(SAMPLED_ROWS / variants.length));
      const scale = counted.items.length === 0 ? 0 : rows.items.length / counted.items.length;
      await tallyCell(engine, asked(plan, counted, variant), scale, tallies);
    }
    done++;
    if (performance.now() - told < PROGRESS_EVERY_MS) continue;
    told = performance.now();
    onTask(done, plan.tasks.length);
  }
  return tallies;
}

function asked({ options: { answer, calibrate, drawn } }: Plan, rows: TaskRows, variant: PromptVariant): CellRequests {
  return cellRequests(rows, variant, answer, calibrate, drawn);
}

/** Chooses rows at equal distances, shifted from prompt to prompt so that all parts of the rows are seen. */
function sampledRows(rows: TaskRows, prompt: number, most: number): TaskRows {
  const { items } = rows;
  const n = Math.min(most, items.length);
  const shift = (prompt * 0.618) % 1;
  return { ...rows, items: Array.from({ length: n }, (_, i) => items[Math.floor(((i + shift) * items.length) / n)] as (typeof items)[number]) }; // prettier-ignore
}

/** Adds a cell to the tallies; `scale` is the number of its rows for each one that is asked here. */
async function tallyCell(engine: Answerer, cell: CellRequests, scale: number, tallies: Tallies): Promise<void> {
  if (cell.kind === "generate") {
    const contexts = cell.requests.map((request) => ({ ...request, continuations: [], mode: "sequence" as const }));
    addTo(tallies.generating, cell.requests, await tokensOf(engine, contexts), scale);
    const most = ({ maxNewTokens, sampling }: GenerateRequest) => maxNewTokens * (sampling?.seeds.length ?? 1);
    tallies.newTokens += scale * cell.requests.reduce((sum, request) => sum + most(request), 0);
    return;
  }
  addTo(tallies.scoring, cell.requests, await tokensOf(engine, cell.requests), scale);
  // Labels without a question are asked once for all rows.
  const { over, requests } = cell.priors ?? { over: "labels", requests: [] };
  addTo(tallies.scoring, requests, await tokensOf(engine, requests), over === "labels" ? 1 : scale);
}

async function tokensOf(engine: Answerer, requests: readonly ScoreRequest[]): Promise<number[]> {
  return (await engine.encode(requests)).map(({ inputTokens }) => inputTokens);
}

function addTo<R>(tally: Tally<R>, requests: readonly R[], tokens: readonly number[], scale: number): void {
  const n = requests.length;
  const sum = tokens.reduce((a, b) => a + b, 0);
  tally.tokens += scale * sum;
  tally.requests += scale * n;
  requests.forEach((request, i) => tally.sample.push({ request, tokens: tokens[i] ?? 0 }));
  if (scale <= 1 || n < 2) return;
  // Variance of a total from a sample without replacement: Cochran 1977, Sampling Techniques, formula 2.20.
  const squares = tokens.reduce((total, one) => total + (one - sum / n) ** 2, 0);
  tally.variance += (scale * n) ** 2 * (1 - 1 / scale) * (squares / (n - 1) / n);
}

/** Times a few requests spread over the cells. */
async function timeWork(
  engine: Answerer,
  { scoring, generating, newTokens }: Tallies,
  isTimed: boolean,
): Promise<Work> {
  let [seconds, perToken] = [0, 0];
  const [first, ...others] = isTimed ? spread(scoring.sample, PROBES.score + 1) : [];
  if (first !== undefined) {
    // The first request is slower than those after it; it tells how many of them there is time for.
    const warm = await timed(() => engine.score([first.request]));
    const probe = others.slice(0, Math.floor(PROBES.seconds / warm));
    const elapsed = probe.length === 0 ? warm : await timed(() => engine.score(probe.map(({ request }) => request)));
    perToken =
      elapsed / (probe.length === 0 ? [first] : probe).reduce((sum, { tokens }) => sum + Math.max(1, tokens), 0);
    seconds += perToken * scoring.tokens;
  }
  const texts = isTimed ? spread(generating.sample, PROBES.generate) : [];
  if (texts.length > 0) {
    const one = await timed(() => engine.generate(texts.slice(0, 1).map(({ request }) => request)));
    const all = one > PROBES.seconds / 2 ? [] : texts;
    const elapsed = all.length === 0 ? one : await timed(() => engine.generate(all.map(({ request }) => request)));
    seconds += (elapsed * generating.requests) / Math.max(1, all.length);
  }
  return {
    tokens: Math.round(scoring.tokens + generating.tokens),
    tokens_error: Math.round(1.96 * Math.sqrt(scoring.variance + generating.variance)),
    new_tokens: Math.round(newTokens),
    seconds,
    seconds_per_token: perToken,
  };
}

/** Chooses at most n items, evenly spaced. */
function spread<T>(items: readonly T[], n: number): T[] {
  const step = Math.max(1, items.length / n);
  return Array.from({ length: Math.min(n, items.length) }, (_, i) => items[Math.floor(i * step)] as T);
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1000;
}
