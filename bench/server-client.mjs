#!/usr/bin/env node
// What the client of servers costs: requests a second against a server that answers at once, and CPU per 1,000
// requests. node bench/server-client.mjs [REQUESTS]   (after npm run build)
import { Buffer } from "node:buffer";
import { fork } from "node:child_process";
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";
import { ServerClient } from "../dist/engine/backends/servers/client.js";
import { ServerKey } from "../dist/engine/backends/servers/keys.js";
import { AdaptiveLimit } from "../dist/engine/backends/servers/limit.js";
import { ServerBackend } from "../dist/engine/backends/servers/server-backend.js";
import { Vllm } from "../dist/engine/backends/servers/vllm.js";

if (process.argv[2] === "serve") {
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const { prompt, logprob_token_ids: ids = [1] } = JSON.parse(Buffer.concat(parts).toString());
      const prompts = Array.isArray(prompt[0]) ? prompt : [prompt];
      const top = Object.fromEntries(ids.map((id) => [`token_id:${id}`, -2.5]));
      const logprobs = { tokens: ["token_id:7"], token_logprobs: [-0.5], top_logprobs: [top], text_offset: [0] };
      const choices = prompts.map((_, index) => ({
        index,
        text: "",
        finish_reason: "length",
        logprobs,
        prompt_logprobs: null,
      }));
      response.end(
        JSON.stringify({
          model: "m",
          choices,
          usage: { prompt_tokens: 0, prompt_tokens_details: { cached_tokens: 0 } },
        }),
      );
    });
  });
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
} else {
  const requests = Number(process.argv[2] ?? 5000);
  const child = fork(new URL(import.meta.url), ["serve"]);
  const port = await new Promise((resolve) => child.once("message", resolve));
  const client = new ServerClient({ urls: [`http://127.0.0.1:${port}`], key: ServerKey.of("vllm") });
  const about = { engine: "vllm", version: "0", model: "m", contextLength: 4096, vocabSize: 50000, flags: {} };
  const dialect = new Vllm();
  dialect.chosen = true;
  const served = { client, dialect, about, limit: new AdaptiveLimit(64), vocabSize: 50000 };
  const backend = new ServerBackend(served, 4095, [], async () => undefined);
  const shots = Array.from({ length: 400 }, (_, i) => 100 + i);
  // Four answers of four tokens after a context of 440.
  const sequences = Array.from({ length: requests }, (_, row) => [...shots, ...Array.from({ length: 40 }, (_, i) => 1000 + ((row * 7 + i) % 9000))]).flatMap((context) =>
    [10, 20, 30, 40].map((first) => ({
      ids: [...context, first, first + 1, first + 2],
      targets: [0, 1, 2, 3].map((i) => ({ position: context.length - 1 + i, token: first + i })),
    })),
  ); // prettier-ignore
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await backend.score(sequences);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const done = client.traffic.requests;
  console.log(
    `${done} requests of 13 prompts of 440 tokens in ${seconds.toFixed(1)} s: ${Math.round(done / seconds)} requests/s, ` +
      `${Math.round((13 * done) / seconds)} prompts/s, ${((user + system) / 1000 / done).toFixed(2)} s of CPU per 1,000 requests, ` +
      `${served.limit.inFlight} in flight in the end`,
  );
  await backend.close();
  child.kill();
}
