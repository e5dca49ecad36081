/**
 * Tests that what a server gives is examined before anything is scored, and refused in one line that says what was
 * seen.
 */

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { ServerKind } from "../../../../src/checkpoints/find/server-spec.js";
import { ModelServer, type Answer, type Fault, type ModelServerOptions } from "../../../support/model-server.js";
import { openServed } from "../../../support/served.js";
import { tempFolder } from "../../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../../support/tiny-checkpoint.js";

const root = tempFolder();
let folder: string;
const servers: ModelServer[] = [];

beforeAll(async () => {
  folder = await writeTinyCheckpoint(join(root, "tiny"), { seed: 1, window: 128 });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(kind: ServerKind, options: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await ModelServer.start({ folder, kind, ...options });
  servers.push(server);
  return server;
}

/** Changes every choice's log-probabilities. */
const changed =
  (change: (logprobs: Record<string, unknown>, choice: Answer) => unknown): Fault =>
  (answer) => ({
    ...answer,
    choices: (answer["choices"] as Answer[]).map((choice) => ({
      ...choice,
      prompt_logprobs: null,
      logprobs: change(choice["logprobs"] as Record<string, unknown>, choice),
    })),
  });

const onlyFor = (path: RegExp, fault: Fault) => (request: { path: string }) =>
  path.test(request.path) ? fault : undefined;

test("a line says what was found out", async () => {
  const { opened } = await openServed(await start("vllm"));
  expect(opened.line).toMatch(
    /^vllm 0\.32\.0 at http:\S+, model model: log-probabilities of chosen ids after each prefix, prompts in the cache; all \d+ probabilities add up to 1\.0000; one question's answers differ by at most 0 nats; same token ids on 64 texts; window 128$/,
  );
});

describe("numbers that are no log-probabilities of the model are refused", () => {
  test.each<[string, ServerKind, RegExp, Fault]>([
    [
      "one number for every token",
      "vllm",
      /log-probabilities of different tokens have but 1 value; start it with --logprobs-mode raw_logprobs/,
      changed((logprobs) => ({
        ...logprobs,
        token_logprobs: [-1],
        top_logprobs: (logprobs["top_logprobs"] as Answer[]).map((top) =>
          Object.fromEntries(Object.keys(top).map((name) => [name, -1])),
        ),
      })),
    ],
    [
      "probabilities after sampling",
      "vllm",
      /the most likely token always has probability 1: these are probabilities after sampling/,
      changed((logprobs) => ({ ...logprobs, token_logprobs: [0] })),
    ],
    [
      "logits",
      "vllm",
      /which is above 0.*named openai: it can be asked for what is answered by generation\); start it with --logprobs-mode/,
      changed((logprobs) => ({
        ...logprobs,
        token_logprobs: (logprobs["token_logprobs"] as number[]).map((value) => value + 9),
        top_logprobs: (logprobs["top_logprobs"] as Answer[]).map((top) =>
          Object.fromEntries(Object.entries(top).map(([name, value]) => [name, (value as number) + 9])),
        ),
      })),
    ],
    [
      "none, as chosen ids and the prompt's are ignored",
      "vllm",
      /undefined for a log-probability.*prompt's log-probabilities/,
      changed((logprobs) => ({ ...logprobs, top_logprobs: [{}] })),
    ],
    [
      "half of each probability",
      "vllm",
      /the probabilities of \d+ tokens add up to 0\.\d+/,
      changed((logprobs) => ({
        ...logprobs,
        token_logprobs: (logprobs["token_logprobs"] as number[]).map((value) => value - 0.7),
        top_logprobs: (logprobs["top_logprobs"] as Answer[]).map((top) =>
          Object.fromEntries(Object.entries(top).map(([name, value]) => [name, (value as number) - 0.7])),
        ),
      })),
    ],
    [
      "the log-probabilities of the tokens before",
      "sglang",
      /the log-probability of token \d+ where that of \d+ was asked for|cannot be used for scoring/,
      (answer) => {
        const meta = answer["meta_info"] as Record<string, unknown[]>;
        const values = (meta["input_token_logprobs"] as [number | null, number][] | undefined) ?? [];
        return {
          ...answer,
          meta_info: {
            ...meta,
            input_token_logprobs: values.map(([, id], i) => [i < 2 ? -0.5 : (values[i - 1]?.[0] ?? null), id]),
          },
        };
      },
    ],
    [
      "numbers that change from one time to the next",
      "llamacpp",
      /the same question gets log-probabilities that differ by|when it is asked for/,
      (() => {
        let count = 0;
        return (answer) => ({
          ...answer,
          completion_probabilities: (
            answer["completion_probabilities"] as { id: number; logprob: number; top_logprobs: unknown[] }[] | undefined
          )?.map((one) => ({ ...one, logprob: one.logprob - (one.top_logprobs.length > 1 ? 0 : (count++ % 3) * 2) })),
        });
      })(),
    ],
  ])("%s (%s)", async (_, kind, message, fault) => {
    const server = await start(kind, { fault: onlyFor(/completion|generate/, fault) });
    await expect(openServed(server)).rejects.toThrow(message);
  });
});

describe("a server without log-probabilities of given tokens only generates", () => {
  test.each<[string, ServerKind, Fault]>([
    [
      "echo is ignored",
      "openai",
      changed((logprobs) => ({ ...logprobs, tokens: ["a"], token_logprobs: [-1], top_logprobs: [{ a: -1 }] })),
    ],
    ["log-probabilities are left out", "openai", changed(() => null)],
  ])("where %s (%s)", async (_, kind, fault) => {
    const server = await start(kind, { fault: onlyFor(/completion/, fault) });
    const { opened } = await openServed(server);
    expect(opened.examination.noScores).toBeDefined();
    expect(opened.line).toMatch(/no log-probabilities of given tokens \(.+\), so it only generates/);
  });

  test("where ids are refused, text is sent", async () => {
    const refuseIds = ({ body }: { body: Record<string, unknown> }): Fault | undefined =>
      Array.isArray(body["prompt"]) ? { status: 400, body: '{"error": "prompt must be a string."}' } : undefined;
    const { opened, backend } = await openServed(await start("openai", { fault: refuseIds }));
    expect(opened.line).toContain("so it only generates from text");
    const [ids] = await backend.generate([[0, 40, 41]], 4, (steps) => steps.map(() => false));
    expect(ids?.length).toBeGreaterThan(0);
  });
});

describe("another tokenizer is refused", () => {
  test("with the first text on which they differ", async () => {
    const server = await start("llamacpp", {
      fault: onlyFor(/tokenize/, (answer) => ({ tokens: [...(answer["tokens"] as number[]), 5] })),
    });
    await expect(openServed(server)).rejects.toThrow(
      /has another tokenizer than \S+: probe text 1 of 64, .* give the tokenizer of the served model with --tokenizer/,
    );
  });

  test("where the vocabularies are of different size", async () => {
    const copy = join(root, "copy");
    cpSync(folder, copy, { recursive: true });
    const config = JSON.parse(readFileSync(join(copy, "config.json"), "utf8")) as Record<string, unknown>;
    writeFileSync(join(copy, "config.json"), JSON.stringify({ ...config, vocab_size: 9999 }));
    const server = await start("llamacpp");
    await expect(openServed(server, { folder: copy })).rejects.toThrow(
      /the model has \d+ tokens, the config\.json of \S+ says 9999/,
    );
  });
});

describe("who a server is", () => {
  test.each<[ServerKind, ServerKind, RegExp]>([
    ["sglang", "vllm", /no SGLang server \(it has no \/model_info\); other kinds are vllm:, llamacpp: and openai:/],
    ["vllm", "llamacpp", /no vLLM server \(it has no \/version\)/],
    ["llamacpp", "vllm", /no llama\.cpp server \(it has no \/props\)/],
  ])("is refused where it is no %s server but %s", async (kind, real, message) => {
    const server = await start(real);
    server.options = { ...server.options, fault: undefined };
    const asked = Object.assign(Object.create(server) as ModelServer, { options: { ...server.options, kind } });
    await expect(openServed(asked)).rejects.toThrow(message);
  });

  test("an unknown model is refused with the nearest name", async () => {
    await expect(openServed(await start("vllm", { name: "step1000" }), { model: "step100" })).rejects.toThrow(
      /has no model "step100"; did you mean "step1000"\?/,
    );
  });

  test("of several models one has to be named", async () => {
    const fault = onlyFor(/models/, (answer) => ({ data: [...(answer["data"] as Answer[]), { id: "second" }] }));
    const server = await start("vllm", { fault });
    await expect(openServed(server)).rejects.toThrow(/offers 2 models \(model, second\); name one: http:\S+#model/);
  });

  test("a server that is not there is refused after a short wait", async () => {
    const server = await start("vllm");
    const gone = Object.assign(Object.create(server) as ModelServer, { options: server.options });
    Object.defineProperty(gone, "url", { value: server.url });
    await servers.pop()?.stop();
    await expect(openServed(gone, { waitSeconds: 0.2 })).rejects.toThrow(
      /ECONNREFUSED.*waited 0 s for the server \(--wait-for-server SECONDS waits longer\)/,
    );
  });

  test("a server that is loading is waited for", async () => {
    const server = await start("llamacpp", { fault: (_, count) => (count < 3 ? { status: 503 } : undefined) });
    await expect(openServed(server)).resolves.toBeDefined();
  });
});

describe("keys", () => {
  const key = "sk-test-0123456789abcdef";

  test("come from the environment", async () => {
    vi.stubEnv("VLLM_API_KEY", key);
    await expect(openServed(await start("vllm", { key }))).resolves.toBeDefined();
  });

  test("that are missing are asked for by the variables' names", async () => {
    await expect(openServed(await start("openai", { key }))).rejects.toThrow(
      /answers 401: it wants a key; set AMURO_EVAL_SERVER_KEY or OPENAI_API_KEY in the environment/,
    );
  });

  test("are never shown, even where a server quotes them", async () => {
    vi.stubEnv("AMURO_EVAL_SERVER_KEY", key);
    const fault = onlyFor(/completion$/, {
      status: 400,
      body: `{"error": "no credit for ${key} (${key.slice(0, 8)}...)"}`,
    });
    const error: unknown = await openServed(await start("llamacpp", { key, fault })).then(
      ({ opened }) => opened.line,
      (cause: unknown) => cause,
    );
    expect(String(error)).toContain("***");
    expect(String(error)).not.toContain(key.slice(0, 8));
  });
});
