/**
 * Provides an HTTP server on this machine that answers as vLLM, SGLang, llama.cpp or an OpenAI-like service does, with
 * the numbers of a checkpoint, and with faults on demand.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerKind } from "../../src/checkpoints/find/server-spec.js";
import { openParts, type OpenedParts } from "./engines.js";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly authorization: string | undefined;
}

/** Holds what happens to one request in place of the regular answer. */
export type Fault =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  /** The connection ends before an answer, or in the middle of it. */
  | "reset"
  | "half"
  /** Nothing is answered until the server is stopped. */
  | "hang"
  /** The regular answer, changed; text is sent as it is. */
  | ((answer: Answer) => unknown);

export type Answer = Record<string, unknown>;

export interface ModelServerOptions {
  readonly folder: string;
  readonly kind: ServerKind;
  readonly name?: string;
  readonly contextLength?: number;
  /** What the server says of itself where the kind has a place for it. */
  readonly root?: string;
  readonly slots?: number;
  readonly key?: string;
  /** Asked for each request; undefined answers as usual. */
  readonly fault?: ((request: SeenRequest, count: number) => Fault | undefined) | undefined;
  readonly port?: number;
  /** Lets vLLM load adapters while it runs: what a model of the base and the adapter's folder is, merged. */
  readonly merged?: (adapter: string) => string | undefined;
}

/** Log-probabilities of all tokens in one place, and the most likely one. */
interface Place {
  readonly all: Float64Array;
  readonly best: number;
}

export class ModelServer {
  readonly seen: SeenRequest[] = [];
  /** Can be changed at any time. */
  options: ModelServerOptions;
  /** Holds adapters by the names under which they were loaded. */
  private readonly models = new Map<string, { readonly parts: OpenedParts; readonly root: string }>();
  private readonly places = new Map<string, Promise<Place>>();
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    options: ModelServerOptions,
    private readonly parts: OpenedParts,
    private readonly server: Server,
  ) {
    this.options = options;
  }

  static async start(options: ModelServerOptions): Promise<ModelServer> {
    const parts = await openParts(options.folder);
    const server = createServer({ keepAliveTimeout: 60_000 });
    const started = new ModelServer(options, parts, server);
    server.on("request", (request, response) => void started.handle(request, response));
    await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
    return started;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Requests for the model: those that compute something. */
  get computed(): SeenRequest[] {
    return this.seen.filter(({ path }) => /\/(?:completions|completion|generate)$/.test(path));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.parts.backend.close();
    for (const { parts } of this.models.values()) await parts.backend.close();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const seen: SeenRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
      authorization: request.headers.authorization,
    };
    this.seen.push(seen);
    const fault = this.options.fault?.(seen, this.seen.length);
    if (fault === "hang") return;
    if (fault === "reset") {
      request.socket.destroy();
      return;
    }
    if (typeof fault === "object") {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '{"error": {"message": "as told"}}');
      return;
    }
    const { key } = this.options;
    if (key !== undefined && seen.authorization !== `Bearer ${key}`) {
      response.writeHead(401).end(JSON.stringify({ error: { message: `wrong key ${seen.authorization ?? ""}` } }));
      return;
    }
    let answer: unknown = await this.answer(seen);
    if (answer === undefined) {
      response.writeHead(404).end('{"detail": "Not Found"}');
      return;
    }
    if (typeof answer === "number") {
      response.writeHead(answer).end('{"error": {"message": "refused"}}');
      return;
    }
    if (typeof fault === "function") answer = fault(answer as Answer);
    const body = Buffer.from(typeof answer === "string" ? answer : JSON.stringify(answer));
    response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) });
    if (fault === "half") {
      response.write(body.subarray(0, body.length >> 1), () => request.socket.destroy());
      return;
    }
    response.end(body);
  }

  /** @returns the answer's JSON, the status of a refusal, or undefined for an unknown path */
  private async answer({ path, body }: SeenRequest): Promise<unknown> {
    const { kind, name = "model", contextLength = 4096, root = name, slots = 4 } = this.options;
    const { window, model } = this.parts.checkpoint;
    switch (`${kind} ${path}`) {
      case "vllm /version":
        return { version: "0.32.0" };
      case "sglang /model_info":
        return { model_path: root, tokenizer_path: root, weight_version: "default" };
      case "sglang /server_info":
        return { version: "0.5.23", dtype: "float32" };
      case "llamacpp /props":
        return {
          total_slots: slots, model_path: root, model_ftype: "all F32", build_info: "b1-test",
          default_generation_settings: { n_ctx: contextLength },
        }; // prettier-ignore
      case "vllm /tokenize":
      case "sglang /tokenize":
        return { tokens: this.parts.tokenizer.encode(body["prompt"] as string) };
      case "llamacpp /tokenize":
        return { tokens: this.parts.tokenizer.encode(body["content"] as string) };
      case "vllm /v1/load_lora_adapter":
        return this.load(body);
      case "vllm /v1/unload_lora_adapter":
        return this.unload(body);
      case "vllm /v1/completions":
        return this.vllm(body, name, contextLength);
      case "sglang /generate":
        return this.sglang(body);
      case "llamacpp /completion":
        return this.llamaCpp(body);
      case "openai /v1/completions":
        return this.openai(body, name);
    }
    if (path !== "/v1/models") return undefined;
    const meta = kind === "llamacpp" ? { meta: { n_vocab: model.vocabSize, n_ctx: window, n_params: 1 } } : {};
    const adapters = [...this.models].map(([id, { root: place }]) => ({ id, root: place, parent: name }));
    return {
      object: "list",
      data: [{ id: name, root, parent: null, max_model_len: contextLength, ...meta }, ...adapters],
    };
  }

  /** Loads an adapter as vLLM does with VLLM_ALLOW_RUNTIME_LORA_UPDATING: gives text where it worked, else a status. */
  private async load({ lora_name: name, lora_path: path }: Record<string, unknown>): Promise<unknown> {
    const folder = this.options.merged?.(String(path));
    if (this.options.merged === undefined) return undefined;
    if (this.models.has(String(name))) return 400;
    if (folder === undefined) return 404;
    this.models.set(String(name), { parts: await openParts(folder), root: String(path) });
    return `Success: LoRA adapter '${String(name)}' added successfully.`;
  }

  private async unload({ lora_name: name }: Record<string, unknown>): Promise<unknown> {
    const known = this.models.get(String(name));
    this.models.delete(String(name));
    await known?.parts.backend.close();
    return known === undefined ? 404 : `Success: LoRA adapter '${String(name)}' removed successfully.`;
  }

  /** Everything after a context. One run of the model at a time. */
  private after(ids: readonly number[], { backend } = this.parts, name = ""): Promise<Place> {
    const key = `${name} ${ids.join(",")}`;
    let place = this.places.get(key);
    if (place === undefined) {
      const run = async (): Promise<Place> => {
        const position = ids.length - 1;
        const size = this.parts.checkpoint.model.vocabSize;
        const targets = Array.from({ length: size }, (_, token) => ({ position, token }));
        const { logprobs: all } = await backend.score([{ ids, targets }]);
        return { all, best: all.reduce((best, value, token) => (value > (all[best] as number) ? token : best), 0) };
      };
      place = this.queue.then(run);
      this.queue = place.catch(() => undefined);
      this.places.set(key, place);
    }
    return place;
  }

  private async continued(ids: readonly number[], count: number, after = this.after.bind(this)): Promise<number[]> {
    const found: number[] = [];
    while (found.length < count) {
      const { best } = await after([...ids, ...found]);
      found.push(best);
      if (this.parts.checkpoint.eosIds.includes(best)) break;
    }
    return found;
  }

  private async vllm(body: Record<string, unknown>, name: string, contextLength: number): Promise<unknown> {
    const asked = String(body["model"]);
    const adapter = this.models.get(asked);
    if (asked !== name && adapter === undefined) return 404;
    const after = (ids: readonly number[]) => this.after(ids, adapter?.parts, asked);
    const given = body["prompt"] as number[] | number[][];
    const prompts = (Array.isArray(given[0]) ? given : [given]) as number[][];
    const most = body["max_tokens"] as number;
    if (
      prompts.some(
        (ids) => ids.length + 1 > contextLength || ids.some((id) => id >= this.parts.checkpoint.model.vocabSize),
      )
    )
      return 400;
    const choices = [];
    for (const [index, ids] of prompts.entries()) {
      const generated = await this.continued(ids, most, after);
      const { all, best } = await after(ids);
      const chosen = body["logprob_token_ids"] as number[] | undefined;
      const shown = chosen ?? topOf(all, (body["logprobs"] as number | undefined) ?? 0);
      const whole = body["prompt_logprobs"] === undefined ? null : [null, ...(await this.along(ids, after))];
      choices.push({
        index,
        text: "",
        finish_reason: generated.length < most ? "stop" : "length",
        token_ids: body["return_token_ids"] === true ? generated : null,
        logprobs: {
          tokens: generated.map((id) => `token_id:${id}`),
          token_logprobs: [all[best]],
          top_logprobs: [Object.fromEntries(shown.map((id) => [`token_id:${id}`, all[id]]))],
        },
        prompt_logprobs: whole?.map(
          (here) =>
            here &&
            Object.fromEntries([
              [String(here.place.best), { logprob: here.place.all[here.place.best], rank: 1 }],
              [
                String(here.token),
                { logprob: here.place.all[here.token], rank: here.token === here.place.best ? 1 : 2 },
              ],
            ]),
        ),
      });
    }
    const tokens = prompts.reduce((sum, ids) => sum + ids.length, 0);
    return { model: asked, choices, usage: { prompt_tokens: tokens, prompt_tokens_details: { cached_tokens: 0 } } };
  }

  /** Lists each token of a prompt but the first, with its place. */
  private async along(
    ids: readonly number[],
    after = this.after.bind(this),
  ): Promise<{ readonly token: number; readonly place: Place }[]> {
    const found = [];
    for (let length = 1; length < ids.length; length++)
      found.push({ token: ids[length] as number, place: await after(ids.slice(0, length)) });
    return found;
  }

  private async sglang(body: Record<string, unknown>): Promise<unknown> {
    const ids = body["input_ids"] as number[];
    const { max_new_tokens: most } = body["sampling_params"] as { max_new_tokens: number };
    const start = (body["logprob_start_len"] as number | undefined) ?? -1;
    const generated = await this.continued(ids, most);
    const from = start < 0 ? [] : (await this.along(ids)).slice(start);
    const { all, best } = await this.after(ids);
    const chosen = (body["token_ids_logprob"] as number[] | undefined) ?? [];
    const wanted = (body["top_logprobs_num"] as number | undefined) ?? 0;
    return {
      output_ids: generated,
      meta_info: {
        prompt_tokens: ids.length,
        cached_tokens: 0,
        weight_version: "default",
        finish_reason: { type: generated.length < most ? "stop" : "length" },
        input_token_logprobs: start < 0 ? [] : [[null, ids[start], null], ...from.map(({ token, place }) => [place.all[token], token, null])],
        input_top_logprobs: start < 0 ? [] : [null, ...from.map(({ place }) => [[place.all[place.best], place.best, null]])],
        output_token_logprobs: most === 0 ? [] : [[all[best], best, null]],
        output_token_ids_logprobs: most === 0 ? [] : [chosen.map((id) => [all[id], id, null])],
        output_top_logprobs: most === 0 ? [] : [topOf(all, wanted).map((id) => [all[id], id, null])],
      },
    }; // prettier-ignore
  }

  private async llamaCpp(body: Record<string, unknown>): Promise<unknown> {
    const ids = body["prompt"] as number[];
    const grammar = body["grammar"] as string | undefined;
    const bias = body["logit_bias"] as [number, number][] | undefined;
    const most = body["n_predict"] as number;
    const shown = (body["n_probs"] as number | undefined) ?? 0;
    const forced =
      grammar === undefined ? undefined : [...grammar.matchAll(/<\[(\d+)\]>/g)].map(([, id]) => Number(id));
    const tokens = forced ?? (bias === undefined ? await this.continued(ids, most) : bias.map(([id]) => id));
    const probabilities = [];
    for (const [i, id] of tokens.entries()) {
      const { all } = await this.after([...ids, ...tokens.slice(0, i)]);
      probabilities.push({
        id,
        logprob: all[id],
        top_logprobs: topOf(all, shown).map((top) => ({ id: top, logprob: all[top] })),
      });
    }
    return {
      tokens: body["return_tokens"] === true ? tokens : [],
      stop_type: tokens.length < most ? "eos" : "limit",
      tokens_evaluated: ids.length,
      timings: { cache_n: 0, prompt_n: ids.length },
      ...(shown === 0 ? {} : { completion_probabilities: probabilities }),
    };
  }

  private async openai(body: Record<string, unknown>, name: string): Promise<unknown> {
    const { prompt } = body;
    if (body["model"] !== name) return 404;
    const ids = Array.isArray(prompt) ? (prompt as number[]) : this.parts.tokenizer.encodeContext(prompt as string);
    const generated = await this.continued(ids, body["max_tokens"] as number);
    const text = this.parts.tokenizer.decodeAfter(ids, generated);
    const along = body["echo"] === true ? await this.along(ids) : [];
    const { all, best } = await this.after(ids);
    return {
      model: name,
      choices: [
        {
          index: 0,
          text,
          finish_reason: generated.length < (body["max_tokens"] as number) ? "stop" : "length",
          logprobs: {
            tokens: [
              `token_id:${String(ids[0])}`,
              ...along.map(({ token }) => `token_id:${token}`),
              `token_id:${best}`,
            ],
            token_logprobs: [null, ...along.map(({ token, place }) => place.all[token]), all[best]],
            top_logprobs: [
              null,
              ...along.map(({ place }) => ({ [`token_id:${place.best}`]: place.all[place.best] })),
              { [`token_id:${best}`]: all[best] },
            ],
          },
        },
      ],
      usage: { prompt_tokens: ids.length },
    };
  }
}

function topOf(all: Float64Array, count: number): number[] {
  return [...all.keys()].sort((a, b) => (all[b] as number) - (all[a] as number)).slice(0, count);
}
