/** Opens a model behind servers: waits for them, finds the model, compares tokenizers, and examines what they give. */

import type { RunningModel, ServerKind } from "../../../checkpoints/find/server-spec.js";
import { openTokenizerFolder } from "../../../checkpoints/tokenizer-folder.js";
import { UserError } from "../../../base/errors.js";
import { counted } from "../../../base/wording.js";
import { openTokenizer, type TextTokenizer } from "../../text/tokenizer.js";
import { ServerClient, WAIT_SECONDS } from "./client.js";
import type { Dialect, ServerAbout } from "./dialect.js";
import { compareTokenizers, examine, probesNow, QUICK_PROBES, type Examination } from "./examine.js";
import { probeDifference, probeTolerance } from "./probes.js";
import { ServerKey } from "./keys.js";
import { AdaptiveLimit } from "./limit.js";
import { LlamaCpp } from "./llama-cpp.js";
import { OpenAiCompatible } from "./openai-compatible.js";
import type { OpenedModel } from "./opened-model.js";
import { ServerBackend, type ServedModel } from "./server-backend.js";
import { Sglang } from "./sglang.js";
import { Vllm } from "./vllm.js";

/** Limits the requests in flight, unless --server-requests says otherwise. */
const MOST_REQUESTS = 64;
/** Sets the seconds until a server answers for the first time, where nobody asked to wait for it. */
const FIRST_WAIT_SECONDS = 5;

/** Says where the tokenizer and the configuration of a served model are. */
interface TokenizerPlace {
  readonly folder: string;
  readonly tokenizerFolder: string;
}

export interface ServerOptions {
  /** Seconds to wait for a server, at the start and when it is lost; undefined for a short and a long default. */
  readonly waitSeconds?: number | undefined;
  /** Requests in flight at most. */
  readonly requests?: number | undefined;
  /** Told of what takes long, and of what was found out. */
  readonly tell: (line: string) => void;
  /** Aborting it gives up everything that is asked, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** True where the server serves adapters, or will in the course of the run. */
  readonly servesAdapters?: boolean | undefined;
  /** What is known of how the servers were started; a part of their identity. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Finds the tokenizer of the model that a server says it serves. */
  readonly findTokenizer: (about: ServerAbout) => Promise<TokenizerPlace>;
}

export interface OpenedServer extends OpenedModel {
  readonly served: ServedModel;
  readonly place: TokenizerPlace;
  readonly examination: Examination;
  /** What was found out, in one line. */
  readonly line: string;
}

/**
 * @throws UserError where no server answers, it has another model or tokenizer, or its numbers are no log-probabilities
 */
export async function openServer(running: RunningModel, options: ServerOptions): Promise<OpenedServer> {
  const { kind, urls, model } = running;
  const { waitSeconds, tell, signal, findTokenizer } = options;
  const key = ServerKey.of(kind);
  const first = new ServerClient({ urls, key, waitSeconds: waitSeconds ?? FIRST_WAIT_SECONDS, tell, signal });
  const dialect = dialectOf(kind, options.servesAdapters);
  let about: ServerAbout;
  try {
    about = await dialect.about(first, model, urls[0] as string);
    for (const url of urls.slice(1)) refuseOther(about, await dialect.about(first, model, url), url);
  } finally {
    first.close();
  }
  const place = await findTokenizer(about);
  const folder = await openTokenizerFolder(place.folder, place.tokenizerFolder);
  const known = about.vocabSize ?? folder.vocabSize;
  if (about.vocabSize !== undefined && folder.vocabSize !== undefined && about.vocabSize !== folder.vocabSize) {
    throw new UserError(
      `${urls.join(", ")}: the model has ${counted(about.vocabSize, "token")}, the config.json of ${place.folder} says ` +
        `${folder.vocabSize}; give the tokenizer of the served model with --tokenizer`,
    );
  }
  const tokenizer = openTokenizer({ ...folder, kind: "served", vocabSize: known }, place.tokenizerFolder);
  dialect.useTokenizer?.(tokenizer);
  const vocabSize = known ?? tokenizer.size;
  const contextLength = about.contextLength ?? folder.window;
  if (contextLength === undefined) {
    throw new UserError(
      `${urls.join(", ")}: neither the server nor ${place.folder} says how long a context may be; add config.json to it`,
    );
  }
  const client = new ServerClient({ urls, key, waitSeconds: waitSeconds ?? WAIT_SECONDS, tell, signal });
  const whole: ServerAbout = { ...about, contextLength, vocabSize, flags: { ...about.flags, ...options.flags } };
  const server = { client, dialect, about: whole };
  try {
    const texts = await compareTokenizers(server, tokenizer, place.tokenizerFolder);
    const examination = await examine(server, tokenizer, texts);
    await comparePool(server, tokenizer, examination);
    const most = Math.max(
      1,
      Math.min(options.requests ?? MOST_REQUESTS, about.slots === undefined ? Infinity : about.slots * urls.length),
    );
    const limit = new AdaptiveLimit(most);
    client.onOverload = () => {
      limit.overloaded();
    };
    client.onReturn = (url) => checkReturned(server, model, tokenizer, examination, url);
    const window = Math.min(folder.window ?? Infinity, dialect.windowOf(contextLength));
    const served = { ...server, limit, vocabSize };
    const eosIds = [...new Set([...folder.eosIds, ...tokenizer.eosIds])];
    return {
      kind,
      about: whole,
      shape: dialect.shape,
      served,
      tokenizerFolder: folder,
      place,
      tokenizer,
      eosIds,
      window,
      examination,
      traffic: client.traffic,
      line: describe(whole, urls, dialect, examination, window),
      backend: (end) => new ServerBackend(served, window, eosIds, end),
      close: () => {
        client.close();
      },
    };
  } catch (error) {
    client.close();
    throw error;
  }
}

function dialectOf(kind: ServerKind, servesAdapters = false): Dialect {
  switch (kind) {
    case "vllm":
      return new Vllm(servesAdapters);
    case "sglang":
      return new Sglang();
    case "llamacpp":
      return new LlamaCpp();
    case "openai":
      return new OpenAiCompatible();
  }
}

interface Examined {
  readonly client: ServerClient;
  readonly dialect: Dialect;
  readonly about: ServerAbout;
}

/** Checks that all addresses of a pool serve the same model, whatever its name there. */
async function comparePool(
  server: Examined,
  tokenizer: TextTokenizer,
  { probes, noise, noScores }: Examination,
): Promise<void> {
  const [first, ...others] = server.client.urls;
  for (const url of others) {
    const theirs = await probesNow(server, tokenizer, noScores === undefined, url);
    const difference = probeDifference(probes, theirs);
    if (difference <= probeTolerance(noise)) continue;
    throw new UserError(
      `${String(first)} and ${url} do not serve the same model: log-probabilities of the same tokens differ by ` +
        `${difference.toPrecision(2)}, those of one server by ${noise.toExponential(0)}; give them as two models`,
    );
  }
}

/** Checks a server that was lost and is back: it may be another one. */
async function checkReturned(
  server: Examined,
  name: string | undefined,
  tokenizer: TextTokenizer,
  { probes, noise, noScores }: Examination,
  url: string,
): Promise<void> {
  refuseOther(server.about, await server.dialect.about(server.client, name, url), url);
  const theirs = await probesNow(server, tokenizer, noScores === undefined, url, QUICK_PROBES);
  const difference = probeDifference(probes.slice(0, theirs.length), theirs);
  if (difference <= probeTolerance(noise)) return;
  throw new UserError(
    `${url} came back with another model: log-probabilities of the same tokens differ by ${difference.toPrecision(2)}; ` +
      "start it as it was, and issue the command again",
  );
}

function refuseOther(about: ServerAbout, now: ServerAbout, url: string): void {
  const named = ({ engine, version, model, contextLength }: ServerAbout) =>
    `${engine} ${version}, model ${model}, context of ${String(contextLength ?? about.contextLength)}`;
  if (named(about) === named(now)) return;
  throw new UserError(`${url} is ${named(now)}, not ${named(about)}; it cannot answer for the same checkpoint`);
}

function describe(
  { engine, version, model, dtype }: ServerAbout,
  urls: readonly string[],
  dialect: Dialect,
  { noScores, noise, sum, texts }: Examination,
  window: number,
): string {
  const head = `${engine} ${version} at ${urls.join(", ")}, model ${model}${dtype === undefined ? "" : ` (${dtype})`}`;
  const agrees = texts === undefined ? "its tokenizer cannot be asked" : `same token ids on ${texts} texts`;
  if (noScores !== undefined) {
    const how = dialect instanceof OpenAiCompatible ? ` ${String(dialect.generates)}` : "";
    return `${head}: no log-probabilities of given tokens (${noScores}), so it only generates${how}; ${agrees}; window ${window}`;
  }
  const added =
    sum === undefined
      ? ""
      : `; ${sum.whole ? "all" : "the first"} ${sum.tokens} probabilities add up to ${sum.total.toFixed(4)}`;
  return (
    `${head}: ${dialect.shape}${added}; one question's answers differ by at most ` +
    `${noise === 0 ? "0" : noise.toExponential(1)} nats; ${agrees}; window ${window}`
  );
}
