/**
 * Tests what real servers answered, answered again: vLLM 0.32 and llama.cpp b1-86a2835 on the last built-in checkpoint.
 * With RECORD=KIND=URL the answers are recorded anew from a running server (`npm run check:vllm` and `npm run
 * check:servers` start them).
 */

import { join } from "node:path";
import { expect, test } from "vitest";
import { builtinCheckpoint } from "../../../../src/checkpoints/find/builtin.js";
import { openServer } from "../../../../src/engine/backends/servers/open-server.js";
import { ServerBackend } from "../../../../src/engine/backends/servers/server-backend.js";
import { builtinFolder } from "../../../support/builtin-folder.js";
import { openParts } from "../../../support/engines.js";
import { keep, recordedQuestions, recorder, replay } from "../../../support/recorded.js";

const FIXTURES = join(import.meta.dirname, "../../../fixtures/servers");
const [, recordKind, recordUrl] = /^(\w+)=(.+)$/.exec(process.env["RECORD"] ?? "") ?? [];

test.each(["vllm", "llamacpp"] as const)(
  "a real %s server scores and generates as the checkpoint does here",
  async (kind) => {
    const file = join(FIXTURES, `${kind}.json.gz`);
    const recording = recordKind === kind ? await recorder(recordUrl as string) : undefined;
    const replayed = recording === undefined ? await replay(file) : undefined;
    const { root, subfolder } = builtinCheckpoint();
    const place = { folder: join(root, subfolder), tokenizerFolder: root };
    const url = (recording ?? replayed)?.url as string;
    const opened = await openServer(
      { kind, urls: [url], model: undefined },
      { tell: () => undefined, findTokenizer: () => Promise.resolve(place), waitSeconds: 20, requests: 1 },
    );
    const backend = new ServerBackend(opened.served, opened.window, opened.eosIds, () => Promise.resolve());
    const { sequences, contexts } = recordedQuestions(opened.tokenizer);
    const scored = await backend.score(sequences);
    const generated = await backend.generate(contexts, 20, (steps) => steps.map(() => false));
    await backend.close();
    recording?.close();
    replayed?.close();
    if (recording !== undefined) keep(file, recording.exchanges);
    expect(replayed?.unknown ?? []).toEqual([]);
    const local = await openParts(builtinFolder());
    const expected = await local.backend.score(sequences);
    scored.logprobs.forEach((value, i) => {
      expect(Math.abs(value - (expected.logprobs[i] as number))).toBeLessThan(1e-4);
      expect(Math.abs((scored.best[i] as number) - (expected.best[i] as number))).toBeLessThan(1e-4);
    });
    expect(generated).toEqual(await local.backend.generate(contexts, 20, (steps) => steps.map(() => false)));
    await local.backend.close();
  },
);
