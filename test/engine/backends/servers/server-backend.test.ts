/** Models behind servers score and generate as they do on this machine, whatever goes wrong on the way. */

import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SERVER_KINDS, type ServerKind } from "../../../../src/checkpoints/find/server-spec.js";
import type { Sequence } from "../../../../src/engine/backends/sequence.js";
import { randomStream } from "../../../../src/base/random.js";
import { openParts, type OpenedParts } from "../../../support/engines.js";
import { ModelServer, type Fault, type ModelServerOptions } from "../../../support/model-server.js";
import { openServed } from "../../../support/served.js";
import { tempFolder } from "../../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../../support/tiny-checkpoint.js";

const root = tempFolder();
let folder: string;
let other: string;
let local: OpenedParts;
const servers: ModelServer[] = [];

beforeAll(async () => {
  folder = await writeTinyCheckpoint(join(root, "tiny"), { seed: 1, window: 128 });
  other = await writeTinyCheckpoint(join(root, "other"), { seed: 2, window: 128 });
  local = await openParts(folder);
});
afterAll(() => local.backend.close());
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(kind: ServerKind, options: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await ModelServer.start({ folder, kind, ...options });
  servers.push(server);
  return server;
}

/** Rows with shared beginnings, answers of several lengths, first tokens in one place, and one target in the middle. */
function rows(count: number): Sequence[] {
  const random = randomStream("servers", count);
  const size = local.checkpoint.model.vocabSize;
  const ids = (length: number) => Array.from({ length }, () => Math.floor(random() * size));
  const shots = ids(70);
  return Array.from({ length: count }, (_, row) => [...shots, ...ids(3 + (row % 5))]).flatMap((context, row) => {
    const last = context.length - 1;
    if (row % 4 === 3) return [{ ids: context, targets: ids(12).map((token) => ({ position: last, token })) }];
    return Array.from({ length: 3 }, (_, answer): Sequence => {
      const tokens = ids(1 + ((row + answer) % 4));
      return {
        ids: [...context, ...tokens].slice(0, -1),
        targets: tokens.map((token, i) => ({ position: last + i, token })),
      };
    });
  });
}

async function expectEqual(sequences: readonly Sequence[], scored: { logprobs: Float64Array; best: Float64Array }) {
  const expected = await local.backend.score(sequences);
  expect(scored.logprobs.length).toBe(expected.logprobs.length);
  scored.logprobs.forEach((value, i) => {
    expect(value).toBeCloseTo(expected.logprobs[i] as number, 4);
    expect(scored.best[i]).toBeCloseTo(expected.best[i] as number, 4);
  });
}

describe.each(SERVER_KINDS)("%s", (kind) => {
  test("scores as the checkpoint does on this machine, each answer told once", async () => {
    const server = await start(kind);
    const { backend } = await openServed(server);
    const sequences = rows(8);
    const told: number[] = [];
    const scored = await backend.score(sequences, ({ answers = [] }) =>
      told.push(...answers.map(({ place }) => place)),
    );
    await expectEqual(sequences, scored);
    expect(told.sort((a, b) => a - b)).toEqual([...scored.logprobs.keys()]);
    await backend.close();
  });

  test("asks nothing about sequences that are known", async () => {
    const server = await start(kind);
    const { backend } = await openServed(server);
    const sequences = rows(4);
    const before = server.computed.length;
    await backend.score(sequences, undefined, new Set(sequences.keys()));
    expect(server.computed.length).toBe(before);
    await backend.close();
  });

  test("generates as the checkpoint does on this machine, and ends where a step says so", async () => {
    const server = await start(kind);
    const { backend, opened } = await openServed(server);
    const contexts = rows(4).map(({ ids }) => ids.slice(0, 40));
    const step = (steps: readonly { row: number; ids: readonly number[] }[]) =>
      steps.map(({ row, ids }) => row === 1 && ids.length === 3);
    const generated = await backend.generate(contexts, 24, step);
    const expected = await local.backend.generate(contexts, 24, step);
    if (opened.served.dialect.resumes) expect(generated).toEqual(expected);
    else
      expect(generated.map((ids) => local.tokenizer.decode(ids).slice(0, 4))).toEqual(
        expected.map((ids) => local.tokenizer.decode(ids).slice(0, 4)),
      );
    await backend.close();
  });

  test("draws texts at the temperature, each part of one by a seed of its own, from all tokens", async () => {
    const server = await start(kind);
    const { backend } = await openServed(server);
    const before = server.seen.length;
    const context = rows(1)[0]?.ids.slice(0, 30) ?? [];
    const goOn = (steps: readonly unknown[]) => steps.map(() => false);
    await backend.generate([context], 20, goOn, undefined, undefined, [{ temperature: 0.7, seed: 5 }]);
    const settings = server.seen
      .slice(before)
      .map(({ body }) => (body["sampling_params"] ?? body) as Record<string, unknown>);
    expect(settings.map((own) => [own["temperature"], own["top_p"]])).toEqual(settings.map(() => [0.7, 1]));
    const seeds = settings.map(({ seed }) => seed);
    if (kind === "sglang") expect(seeds).toEqual(seeds.map(() => undefined));
    else expect(seeds).toEqual(settings.length === 1 ? [5] : [5, 21]);
    await backend.close();
  });

  test.each<[string, Fault]>([
    ["a reset connection", "reset"],
    ["half an answer", "half"],
    ["too many requests", { status: 429, headers: { "retry-after": "0" } }],
    ["an overloaded server", { status: 503 }],
    ["an error inside the server", { status: 500 }],
    ["NaN", (answer) => JSON.stringify(answer).replace(/-\d+\.\d+/g, "NaN")],
    ["an answer without choices", () => ({ object: "error" })],
  ])("%s now and then changes nothing", async (_, fault) => {
    const server = await start(kind);
    const { backend, opened } = await openServed(server);
    const random = randomStream("faults", kind);
    server.options = {
      ...server.options,
      fault: ({ path }) => (/tokenize|models|version|info|props/.test(path) || random() > 0.15 ? undefined : fault),
    };
    const sequences = rows(6);
    await expectEqual(sequences, await backend.score(sequences));
    expect(opened.served.client.traffic.repeated).toBeGreaterThan(0);
    await backend.close();
  });

  test("another model that comes back in the place of the lost one is refused", async () => {
    const server = await start(kind);
    const { backend } = await openServed(server);
    const { port } = server;
    await servers.pop()?.stop();
    await start(kind, { folder: other, port });
    await expect(backend.score(rows(2))).rejects.toThrow(
      /came back with another model: log-probabilities of the same tokens differ by/,
    );
    await backend.close();
  });

  test("a server that ends in the middle is waited for, and the run goes on", async () => {
    const server = await start(kind);
    const { backend } = await openServed(server);
    const { port } = server;
    await servers.pop()?.stop();
    const sequences = rows(3);
    const scoring = backend.score(sequences);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await start(kind, { port });
    await expectEqual(sequences, await scoring);
    await backend.close();
  });

  test("closing gives up what is asked", async () => {
    const server = await start(kind);
    const { backend } = await openServed(server);
    server.options = { ...server.options, fault: () => "hang" };
    const scoring = backend.score(rows(2));
    scoring.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await backend.close();
    await expect(scoring).rejects.toThrow();
  });

  test("ids that the model does not know are never sent", async () => {
    const server = await start(kind);
    const { backend } = await openServed(server);
    const size = local.checkpoint.model.vocabSize;
    const before = server.computed.length;
    const bad = { ids: [0, 3], targets: [{ position: 1, token: size }] };
    await expect(backend.score([bad])).rejects.toThrow(
      `token ${size} is beyond the ${size} tokens of the server's model; nothing was sent`,
    );
    await expect(backend.generate([[0, -1]], 4, (steps) => steps.map(() => false))).rejects.toThrow(
      "token -1 is beyond",
    );
    expect(server.computed.length).toBe(before);
    await backend.close();
  });
});

test("answers in another order are put in the order asked", async () => {
  const server = await start("vllm");
  const { backend } = await openServed(server);
  server.options = {
    ...server.options,
    fault: () => (answer) => ({
      ...answer,
      choices: Array.isArray(answer["choices"]) ? [...(answer["choices"] as unknown[])].reverse() : undefined,
    }),
  };
  const sequences = rows(6);
  await expectEqual(sequences, await backend.score(sequences));
  await backend.close();
});

test("a request that is refused is sent once, and the message quotes the answer", async () => {
  const server = await start("vllm");
  const { backend } = await openServed(server);
  const before = server.computed.length;
  server.options = {
    ...server.options,
    fault: () => ({ status: 400, body: '{"error": {"message": "no such thing"}}' }),
  };
  await expect(backend.score(rows(1))).rejects.toThrow(/\/v1\/completions answers 400: .*no such thing/);
  expect(server.computed.length).toBe(before + 1);
  await backend.close();
});

test("a request at which the server always ends is given up after six times", async () => {
  const server = await start("llamacpp");
  const { backend } = await openServed(server);
  const poison = 7;
  server.options = {
    ...server.options,
    fault: ({ body }) =>
      (body["prompt"] as number[] | undefined)?.at(-1) === poison && String(body["grammar"]).includes("<[9]>")
        ? "reset"
        : undefined,
  };
  const sequence = { ids: [0, 3, poison], targets: [{ position: 2, token: 9 }] };
  const before = server.computed.length;
  await expect(backend.score([sequence])).rejects.toThrow(/6 times, at a request of 3 tokens/);
  const sent = server.computed.slice(before).filter(({ body }) => String(body["grammar"]).includes("<[9]>"));
  expect(sent.filter(({ body }) => (body["prompt"] as number[]).length === 3)).toHaveLength(6);
  await backend.close();
});

test("several addresses of one model share the requests, and one that is lost leaves its work to the others", async () => {
  const [one, two] = [await start("vllm"), await start("vllm")];
  const { backend } = await openServed(one, {}, two);
  const sequences = [...rows(6), ...rows(7).map(({ ids, targets }) => ({ ids: ids.map((id) => id ^ 1), targets }))];
  await expectEqual(sequences, await backend.score(sequences));
  await two.stop();
  servers.splice(servers.indexOf(two), 1);
  await expectEqual(sequences, await backend.score(sequences));
  await backend.close();
});

test("a pool of different models is refused", async () => {
  const [one, two] = [await start("vllm"), await start("vllm", { folder: other })];
  await expect(openServed(one, {}, two)).rejects.toThrow(
    /do not serve the same model: log-probabilities of the same tokens differ by/,
  );
});
