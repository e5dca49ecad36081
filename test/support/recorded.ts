/** Exchanges with a real server, noted by a proxy and answered again from the notes. */

import { createServer, request, type Server } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import type { AddressInfo } from "node:net";
import { hashValue } from "../../src/base/hash.js";
import type { Sequence } from "../../src/engine/backends/sequence.js";
import type { TextTokenizer } from "../../src/engine/text/tokenizer.js";

export interface RecordedExchange {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

/** Returns what is asked of a recorded server. */
export function recordedQuestions(tokenizer: TextTokenizer): {
  readonly sequences: Sequence[];
  readonly contexts: number[][];
} {
  const context = tokenizer.encodeContext("Question: Which animal can fly?\nAnswer:");
  const answers = [" a bird", " a fish that swims", " no"].map((text) => tokenizer.encode(text));
  const last = context.length - 1;
  const sequences: Sequence[] = answers.map((tokens) => ({
    ids: [...context, ...tokens].slice(0, -1),
    targets: tokens.map((token, i) => ({ position: last + i, token })),
  }));
  // A part of a character, and many labels in one place.
  const [part] = tokenizer.encode("é").slice(0, 1);
  sequences.push({ ids: context, targets: [{ position: last, token: part as number }] });
  const labels = Array.from({ length: 10 }, (_, i) => 40 + i);
  sequences.push({ ids: context.slice(0, -1), targets: labels.map((token) => ({ position: last - 1, token })) });
  return { sequences, contexts: [context, context.slice(0, 5)] };
}

/** Keeps exchanges for `replay`. */
export function keep(file: string, exchanges: readonly RecordedExchange[]): void {
  writeFileSync(file, gzipSync(JSON.stringify(exchanges), { level: 9 }));
}

/** Answers each request as the recorded server did; 599 where it was not asked. */
export async function replay(
  file: string,
): Promise<{ readonly url: string; readonly close: () => void; readonly unknown: string[] }> {
  const exchanges = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as RecordedExchange[];
  const known = new Map(exchanges.map((one) => [hashValue([one.method, one.path, one.body]), one]));
  const unknown: string[] = [];
  const server = await listening(({ method, path, text }) => {
    const body: unknown = text === "" ? null : JSON.parse(text);
    const found = known.get(hashValue([method, path, body]));
    if (found === undefined) unknown.push(`${method} ${path} ${text.slice(0, 200)}`);
    return Promise.resolve({ status: found?.status ?? 404, text: JSON.stringify(found?.answer ?? {}) });
  });
  return { url: urlOf(server), unknown, close: () => void server.close() };
}

/** Passes everything on to a server and notes it. */
export async function recorder(
  target: string,
): Promise<{ readonly url: string; readonly close: () => void; readonly exchanges: RecordedExchange[] }> {
  const exchanges: RecordedExchange[] = [];
  const server = await listening(async ({ method, path, text }) => {
    const reply = await passOn(target, method, path, text);
    exchanges.push({
      method,
      path,
      body: text === "" ? null : JSON.parse(text),
      status: reply.status,
      answer: slim(JSON.parse(reply.text)),
    });
    return reply;
  });
  return { url: urlOf(server), exchanges, close: () => void server.close() };
}

/** Answers without what nobody reads and is long, or names this machine. */
function slim(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(slim);
  if (typeof answer !== "object" || answer === null) return answer;
  const dropped = new Set([
    "generation_settings",
    "params",
    "ui_settings",
    "chat_template",
    "bytes",
    "token",
    "decoded_token",
    "permission",
    "prompt",
    "models",
  ]);
  return Object.fromEntries(
    Object.entries(answer)
      .filter(([key]) => !dropped.has(key))
      .map(([key, value]) => [key, /^(?:model_path|root)$/.test(key) ? "builtin" : slim(value)]),
  );
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly text: string;
}

async function listening(
  answer: (asked: Asked) => Promise<{ readonly status: number; readonly text: string }>,
): Promise<Server> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      void answer({ method: incoming.method ?? "", path: incoming.url ?? "", text }).then((reply) =>
        response.writeHead(reply.status).end(reply.text),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function passOn(target: string, method: string, path: string, text: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${target}${path}`,
      { method, headers: { "content-type": "application/json" } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
        });
      },
    );
    sent.on("error", reject);
    sent.end(text);
  });
}
