/** Counts what a run would do under `--dry-run`, and estimates from a timed probe how long it would take. */

import { openWorkerEngine } from "../../engine/open.js";
import { RecordingBackend } from "../../engine/backends/offline/recording-backend.js";
import { TextEngine } from "../../engine/text/text-engine.js";
import type { Answerer, Engine, GenerateRequest, ScoreRequest } from "../../engine/types.js";
import { estimateDownload } from "../../study/download-estimate.js";
import { answererOf, engineGroups, fetchGroup, groupBytes, type EngineGroup } from "../../study/groups.js";
import { cellCount, type Plan, type StudyCheckpoint } from "../../study/plan.js";
import { openModelParts } from "../../study/record-requests.js";
import { cellRequests } from "../../study/requests.js";
import { counted, sized } from "../../base/wording.js";
import type { Console } from "../output/console.js";

/** Sets how many requests of a kind are timed. */
const PROBES = { score: 8, generate: 2 } as const;

/** Stands in place of a time, where servers are started for checkpoints. */
const UNTIMED = "a time that the servers decide";

interface Work {
  /** Tokens read by the model; exact for scoring. */
  tokens: number;
  /** Tokens written at most. */
  new_tokens: number;
  /** 0 where a server would have to be started to know. */
  seconds: number;
  /** Seconds that one token takes to be read; 0 where nothing is scored. */
  seconds_per_token: number;
}

interface CheckpointWork extends Work {
  readonly checkpoint: string;
  /** The checkpoint that was measured instead. */
  readonly like?: string;
}

/** @param keep value of --keep-checkpoints, where it is given */
export async function dryRun(plan: Plan, keep: number | undefined, json: boolean, console: Console): Promise<void> {
  const rows = plan.tasks.reduce((sum, task) => sum + task.rows.items.length, 0);
  const download = await estimateDownload(engineGroups(plan), keep);
  const work = await estimateWork(plan, console);
  const total = {
    checkpoints: plan.checkpoints.map(({ given }) => given.name),
    tasks: plan.tasks.map(({ rows: { task, items, shots }, variants }) => ({
      task: task.name,
      rows: items.length,
      shots: shots.length,
      prompts: variants.map(({ id }) => id),
    })),
    skipped: plan.skipped,
    cells: cellCount(plan),
    rows_per_checkpoint_and_prompt: rows,
    work,
    download,
    estimated_seconds: work.reduce((sum, { seconds }) => sum + seconds, 0),
  };
  if (json) {
    console.out(JSON.stringify(total, null, 2));
    return;
  }
  const count = (value: number) => Math.round(value).toLocaleString("en");
  const duration = (seconds: number) => (seconds < 1 ? "less than 1 s" : `about ${count(seconds)} s`);
  const lines = [
    `${counted(total.checkpoints.length, "checkpoint")} x ${counted(total.tasks.length, "task")} x their prompts = ${counted(total.cells, "cell")}`,
    ...total.tasks.map(
      ({ task, rows: n, shots, prompts }) =>
        `  ${task}: ${counted(n, "row")}, ${counted(shots, "shot")}, prompts ${prompts.join(", ")}`,
    ),
    ...work.flatMap(({ checkpoint, like, tokens, new_tokens, seconds }) => {
      if (like !== undefined) return [];
      const alike = work.filter((other) => other.like === checkpoint).length;
      return [
        `${checkpoint}: ${count(tokens)} tokens to read, at most ${count(new_tokens)} to write, ${seconds === 0 ? UNTIMED : duration(seconds)}`,
        ...(alike === 0 ? [] : [`  and ${counted(alike, "checkpoint")} not downloaded yet, taken to be like it`]),
      ];
    }),
    ...(download.checkpoints === 0
      ? []
      : [
          `to download: ${counted(download.checkpoints, "checkpoint")}, ${sized(download.bytes)}; of them on disk at most ${sized(download.bytes_on_disk)}`,
        ]),
    total.estimated_seconds === 0
      ? `estimated time: ${UNTIMED}`
      : `estimated time: ${duration(total.estimated_seconds)}, from a timed probe of at most ${PROBES.score} + ${PROBES.generate} requests per checkpoint; expect a factor of two either way`,
  ];
  console.out(lines.join("\n"));
}

/** Measures every checkpoint on this machine; of revisions of one repository, those not downloaded are like the first. */
export async function estimateWork(plan: Plan, console: Console): Promise<CheckpointWork[]> {
  const work: CheckpointWork[] = [];
  const measured = new Map<string, CheckpointWork>();
  for (const group of engineGroups(plan)) {
    const { engine: options, resolved, checkpoints } = group;
    const repo = resolved.download?.repo.id ?? "";
    const like = measured.get(repo);
    if (like !== undefined && (await groupBytes(group)) > 0) {
      for (const { given } of checkpoints) work.push({ ...like, checkpoint: given.name, like: like.checkpoint });
      continue;
    }
    // No server is started to be timed.
    const isTimed = options.server?.isStarted !== true;
    if (isTimed) await fetchGroup(group, console.info);
    const engine = isTimed ? await openWorkerEngine(options) : await tokenCounter(group, console);
    try {
      for (const checkpoint of checkpoints) {
        const answerer = answererOf(engine, checkpoint);
        const own = { checkpoint: checkpoint.given.name, ...(await measure(answerer, plan, isTimed)) };
        if (repo !== "" && !measured.has(repo)) measured.set(repo, own);
        work.push(own);
      }
    } finally {
      await engine.close();
    }
  }
  return work;
}

/** Makes an engine that counts tokens and has no model. */
async function tokenCounter({ checkpoints: [first] }: EngineGroup, console: Console): Promise<Engine> {
  const { tokenizer, window, eosIds, tokenizerFolder } = await openModelParts(first as StudyCheckpoint, console.info);
  return new TextEngine(tokenizer, new RecordingBackend(window, eosIds, tokenizerFolder.vocabSize));
}

/** Counts every token of every cell, and times a few requests spread over the cells. */
async function measure(engine: Answerer, plan: Plan, isTimed: boolean): Promise<Work> {
  const scoring: { request: ScoreRequest; tokens: number }[] = [];
  const generating: { request: GenerateRequest; tokens: number }[] = [];
  for (const task of plan.tasks) {
    for (const variant of task.variants) {
      const asked = cellRequests(task.rows, variant, plan.options.answer, plan.options.calibrate);
      if (asked.kind === "score") {
        const requests = [...asked.requests, ...(asked.priors?.requests ?? [])];
        const encoded = await engine.encode(requests);
        requests.forEach((request, i) => scoring.push({ request, tokens: encoded[i]?.inputTokens ?? 0 }));
      } else {
        const contexts = asked.requests.map((request) => ({
          ...request,
          continuations: [],
          mode: "sequence" as const,
        }));
        const encoded = await engine.encode(contexts);
        asked.requests.forEach((request, i) => generating.push({ request, tokens: encoded[i]?.inputTokens ?? 0 }));
      }
    }
  }
  const tokens = (items: readonly { tokens: number }[]) => items.reduce((sum, item) => sum + item.tokens, 0);
  let [seconds, perToken] = [0, 0];
  const scoreProbe = isTimed ? spread(scoring, PROBES.score) : [];
  if (scoreProbe.length > 0) {
    await engine.score(scoreProbe.slice(0, 1).map(({ request }) => request));
    const elapsed = await timed(() => engine.score(scoreProbe.map(({ request }) => request)));
    perToken = elapsed / Math.max(1, tokens(scoreProbe));
    seconds += perToken * tokens(scoring);
  }
  const generateProbe = isTimed ? spread(generating, PROBES.generate) : [];
  if (generateProbe.length > 0) {
    const elapsed = await timed(() => engine.generate(generateProbe.map(({ request }) => request)));
    seconds += (elapsed * generating.length) / generateProbe.length;
  }
  const new_tokens = generating.reduce((sum, { request }) => sum + request.maxNewTokens, 0);
  return { tokens: tokens(scoring) + tokens(generating), new_tokens, seconds, seconds_per_token: perToken };
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
