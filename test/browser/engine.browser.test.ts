/**
 * Tests the engine in a browser: what `amuro-eval/browser` gives in Chromium is what the float64 forward pass gives
 * here.
 */

import { createServer, type Server } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, extname, join, normalize } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as OnnxRuntime from "onnxruntime-web";
import type * as BrowserEntry from "../../src/browser.js";
import type { GenerateRequest, ScoreRequest } from "../../src/engine/types.js";
import { openParts } from "../support/engines.js";
import { at, ReferenceModel } from "../support/reference-forward.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SCORING: ScoreRequest[] = [
  {
    segments: ["A dog played. A: true\n", "The cat was happy. A:"],
    continuations: [" true", " false"],
    mode: "sequence",
  },
  { segments: ["A dog played. A: true\n", "It is true or not. A:"], continuations: [" true", " no"], mode: "sequence" },
  { segments: ["Déjà vu"], continuations: [" naïve 🙂"], mode: "sequence" },
];
const GENERATING: GenerateRequest[] = ["The happy cat", "Question: is it true?\nAnswer:"].map((segment) => ({
  segments: [segment],
  maxNewTokens: 8,
  stop: [],
}));

const folder = await writeTinyCheckpoint(tempFolder(), { seed: 61, tied: false });
const nothing = tempFolder();
const bundle = tempFolder();
const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));
const TYPES: Record<string, string> = {
  ".mjs": "text/javascript",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** Holds what the page's script puts where tests find it. */
interface Modules {
  readonly entry: typeof BrowserEntry;
  readonly onnx: typeof OnnxRuntime;
}
const PAGE = `<!doctype html><title>engine</title><script type="module">
import * as entry from "/app/browser.js";
import * as onnx from "/ort/ort.wasm.min.mjs";
onnx.env.wasm.wasmPaths = "/ort/";
globalThis.modules = { entry, onnx };
</script>`;

/** Serves the page, the bundle, ONNX Runtime and the checkpoint, isolated as threads in WebAssembly need it. */
function serve(): Server {
  const roots: Record<string, string> = { app: bundle, ort: runtime, model: folder, none: nothing };
  return createServer((request, response) => {
    const [, first = "", ...rest] = normalize(request.url ?? "/").split("/");
    const root = roots[first];
    const file = join(root ?? bundle, ...rest);
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    if (first === "") {
      response.setHeader("Content-Type", "text/html");
      response.end(PAGE);
    } else if (root === undefined || !existsSync(file)) {
      response.writeHead(404).end();
    } else {
      response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(readFileSync(file));
    }
  });
}

describe.skipIf(!existsSync(EXECUTABLE))("in Chromium", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const entry = join(import.meta.dirname, "../../src/browser.ts");
    await build({
      configFile: false,
      logLevel: "error",
      build: { outDir: bundle, minify: false, lib: { entry, formats: ["es"], fileName: "browser" } },
    });
    server = serve();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({ executablePath: EXECUTABLE, headless: true, args: FLAGS });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => "modules" in globalThis);
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test("the entry needs nothing of Node", () => {
    const text = readFileSync(join(bundle, "browser.js"), "utf8");
    expect(text).not.toMatch(/["']node:/);
    // seedrandom takes Node's source of chance for seeds of its own where there is one; all seeds here are given.
    const calls = [...text.matchAll(/^.*require___vite_browser_external\(\);$/gm)].map(([line]) => line.trim());
    expect(calls).toEqual(["nodecrypto = require___vite_browser_external();"]);
  });

  test("scores and texts are those of the reference forward pass", async () => {
    const answers = await page.evaluate(
      async ([scoring, generating]) => {
        const { entry, onnx } = (globalThis as unknown as { modules: Modules }).modules;
        const engine = await entry.openEngine(await entry.fetchCheckpoint("/model"), { runtime: onnx });
        const [scored, encoded] = [await engine.score(scoring), await engine.encode(scoring)];
        const generated = await engine.generate(generating);
        await engine.close();
        return { scored, encoded, generated };
      },
      [SCORING, GENERATING] as const,
    );
    const { checkpoint, tokenizer, backend } = await openParts(folder);
    await backend.close();
    const reference = new ReferenceModel(checkpoint);
    let compared = 0;
    answers.scored.forEach(({ continuations }, r) => {
      const { contextIds, continuations: ids } = at(answers.encoded, r);
      continuations.forEach((score, c) => {
        const expected = reference.score(contextIds, at(ids, c).ids);
        expected.logprobs.forEach((logprob, i) => {
          expect(Math.abs(logprob - at(score.tokenLogprobs, i))).toBeLessThan(1e-4);
          compared++;
        });
      });
    });
    expect(compared).toBeGreaterThan(8);
    answers.generated.forEach(({ text }, i) => {
      const context = tokenizer.encodeContext(at(at(GENERATING, i).segments, 0));
      expect(text).toBe(tokenizer.decodeAfter(context, reference.greedy(context, 8, checkpoint.eosIds)));
    });
  });

  test("a checkpoint that is not there is one line that names the file", async () => {
    const message = await page.evaluate(async () => {
      const { entry } = (globalThis as unknown as { modules: Modules }).modules;
      return entry.fetchCheckpoint("/none").then(
        () => "",
        (error: unknown) => (error as Error).message,
      );
    });
    expect(message).toMatch(/^\/none\/(config\.json|tokenizer\.json|model\.safetensors): the server answers 404$/);
  });
});
