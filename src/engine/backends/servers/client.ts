/**
 * Asks one model behind one or several addresses: waits for servers, asks again where that helps, never where it does
 * not.
 */

import { setMaxListeners } from "node:events";
import { messageOf, UserError } from "../../../base/errors.js";
import { ConnectionLost, Endpoint, type Reply } from "./http.js";
import type { ServerKey } from "./keys.js";

/** Sets the seconds that a run waits for servers that do not answer, unless --wait-for-server says otherwise. */
export const WAIT_SECONDS = 600;
/** Sets how many times a request is sent whose answer fails in another way than by overload. */
const TRIES = 6;
/**
 * Sets the seconds until an answer, for a server that has not answered a request for the model yet: it may still be
 * loading or compiling.
 */
const COLD_SECONDS = 600;
const SHORTEST_WAIT = 0.05;
const LONGEST_WAIT = 30;

/** Says that the server answered that a request is wrong; asking again would not help. */
export class RequestRefused extends UserError {
  constructor(
    message: string,
    readonly status: number,
    readonly answer: string,
  ) {
    super(message);
  }
}

/**
 * Says that an answer lacks what was asked for; the server may have been cut off or restarted, so it is asked again.
 */
export class BadAnswer extends UserError {}

export interface ClientOptions {
  readonly urls: readonly string[];
  readonly key: ServerKey;
  readonly waitSeconds?: number | undefined;
  /** Told in a line of what is being waited for. */
  readonly tell?: ((line: string) => void) | undefined;
  /** Aborting it gives up everything that is asked, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Holds what was asked so far. */
export interface Traffic {
  /** Requests for the model that were answered. */
  requests: number;
  /** Requests that had to be sent again. */
  repeated: number;
  /** Tokens of all prompts, and how many of them the servers did not have in their caches. */
  sent: number;
  computed: number;
}

interface Place {
  readonly endpoint: Endpoint;
  open: number;
  /** All connections ended since it was last known to serve the same model: it may have been started anew. */
  doubted: boolean;
  checking: Promise<void> | undefined;
  warm: boolean;
  /** Milliseconds of the clock until which nothing is sent. */
  restsUntil: number;
}

export interface PostOptions<T> {
  /** Tokens of the request's prompts: what the time-out depends on. */
  readonly tokens?: number;
  /** Requests of one number go to one address while it answers. */
  readonly affinity?: number;
  /** Reads the answer; throws BadAnswer where it lacks something. */
  readonly read: (answer: unknown) => T;
  /** Matches answers of status 500 that say what is wrong with the request, so that it is not repeated. */
  readonly final?: RegExp;
  /** Given where the request goes to one address only, such as when each is examined. */
  readonly only?: string | undefined;
}

export class ServerClient {
  readonly traffic: Traffic = { requests: 0, repeated: 0, sent: 0, computed: 0 };
  /** Checks that an address that was lost serves the same model when it is back; throws where it does not. */
  onReturn: ((url: string) => Promise<void>) | undefined;
  /** Told when a server says that it has too much to do. */
  onOverload: () => void = () => undefined;
  private readonly places: readonly Place[];
  private readonly stop = new AbortController();
  private readonly waitSeconds: number;
  private lastAnswer = performance.now();
  private told = false;
  /** Mean milliseconds of recent answers. */
  private pace = 0;

  constructor(private readonly options: ClientOptions) {
    this.waitSeconds = options.waitSeconds ?? WAIT_SECONDS;
    // Each request in flight listens for the end.
    setMaxListeners(0, this.stop.signal);
    options.signal?.addEventListener("abort", this.giveUp);
    if (options.signal?.aborted === true) this.giveUp();
    this.places = options.urls.map((url) => ({
      endpoint: new Endpoint(url), open: 0, doubted: false, checking: undefined, warm: false, restsUntil: 0,
    })); // prettier-ignore
  }

  get urls(): readonly string[] {
    return this.options.urls;
  }

  get closed(): boolean {
    return this.stop.signal.aborted;
  }

  /** Gives up everything that is asked. */
  close(reason: unknown = new UserError("the engine was closed")): void {
    this.options.signal?.removeEventListener("abort", this.giveUp);
    this.stop.abort(reason);
    for (const { endpoint } of this.places) endpoint.close();
  }

  private readonly giveUp = () => {
    this.close(this.options.signal?.reason);
  };

  /**
   * Asks once, and again while the server is loading; undefined where it has no such path.
   * @throws UserError where it does not answer, or wants another key
   */
  async get(path: string, url: string = this.urls[0] as string): Promise<unknown> {
    return this.look("GET", path, undefined, url);
  }

  /** Asks the same by a POST that computes nothing, such as one of a tokenizer. */
  async ask(path: string, body: object, url: string = this.urls[0] as string): Promise<unknown> {
    return this.look("POST", path, JSON.stringify(body), url);
  }

  /** Tells the server to do something other than to compute; returns the beginning of what it says to it. */
  async command(path: string, body: object, url: string): Promise<{ readonly status: number; readonly said: string }> {
    const { status, text } = await this.reply("POST", path, JSON.stringify(body), url);
    return { status, said: this.options.key.hide(text).slice(0, 300) };
  }

  private async look(method: "GET" | "POST", path: string, body: string | undefined, url: string): Promise<unknown> {
    const reply = await this.reply(method, path, body, url);
    return reply.status === 200 ? parsed(reply) : undefined;
  }

  private async reply(method: "GET" | "POST", path: string, body: string | undefined, url: string): Promise<Reply> {
    const place = this.places.find(({ endpoint }) => endpoint.url === url) as Place;
    const started = performance.now();
    for (let wait = 0.25; ; wait = Math.min(wait * 2, 5)) {
      let problem: string;
      try {
        const reply = await this.send(place, { method, path, body, timeout: 60_000 });
        this.refuseKey(reply, url);
        if (![429, 502, 503, 504].includes(reply.status)) return reply;
        problem = `answers ${reply.status}`;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        problem = error.message;
      }
      await this.waitOrGiveUp(wait, started, `${url} ${problem}`);
    }
  }

  /**
   * Asks the model, as often as that can help.
   * @throws RequestRefused, BadAnswer, or UserError where no server answers in time
   */
  async post<T>(path: string, body: object, options: PostOptions<T>): Promise<T> {
    const { tokens = 0, affinity = 0, read, only, final } = options;
    const text = JSON.stringify(body);
    let started = performance.now();
    let wait = SHORTEST_WAIT;
    for (let failed = 0; ;) {
      this.proceed();
      const place = await this.choose(affinity, only);
      place.open++;
      let problem: string;
      let pause: number | undefined;
      const sent = performance.now();
      try {
        const reply = await this.send(place, {
          method: "POST",
          path,
          body: text,
          timeout: this.timeout(place, tokens),
        });
        this.refuseKey(reply, place.endpoint.url);
        if (reply.status === 200) {
          const answer = read(parsed(reply));
          place.warm = true;
          this.lastAnswer = performance.now();
          this.pace = this.pace === 0 ? this.lastAnswer - sent : 0.9 * this.pace + 0.1 * (this.lastAnswer - sent);
          this.traffic.requests++;
          this.told = false;
          return answer;
        }
        const said = this.options.key.hide(reply.text).slice(0, 300);
        problem = `${place.endpoint.url}${path} answers ${reply.status}: ${said}`;
        if ([429, 503].includes(reply.status)) {
          // A server that says no is there: it is asked again for as long as others are answered.
          started = Math.max(started, this.lastAnswer);
          pause = reply.retryAfter;
          this.onOverload();
        } else if (reply.status < 500 || final?.test(said) === true)
          throw new RequestRefused(problem, reply.status, said);
        else {
          if (++failed >= TRIES) throw new RequestRefused(`${problem} (${TRIES} times)`, reply.status, said);
        }
      } catch (error) {
        if (error instanceof BadAnswer) {
          if (++failed >= TRIES)
            throw new BadAnswer(`${place.endpoint.url}${path}: ${messageOf(error)} (${TRIES} times)`);
          problem = messageOf(error);
        } else if (error instanceof ConnectionLost) {
          problem = `${place.endpoint.url}: ${error.message}`;
          // A server that is not there yet may be awaited for long; one that ends at a request may end at it each time.
          if (error.refused) place.restsUntil = performance.now() + 1000;
          else if (++failed >= TRIES) {
            throw new UserError(
              `${problem} (${TRIES} times, at a request of ${tokens} tokens); if the server ended at it, its log says why`,
            );
          }
        } else throw error;
      } finally {
        place.open--;
      }
      this.traffic.repeated++;
      await this.waitOrGiveUp(pause ?? wait * (0.5 + Math.random()), started, problem);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }

  /** Counts the tokens of an answered request. */
  count(
    { onTokens }: { readonly onTokens?: ((computed: number) => void) | undefined },
    sent: number,
    computed: number,
  ): void {
    this.traffic.sent += sent;
    this.traffic.computed += computed;
    onTokens?.(computed);
  }

  private send(
    place: Place,
    exchange: { method: "GET" | "POST"; path: string; body?: string | undefined; timeout: number },
  ): Promise<Reply> {
    return place.endpoint.send({ ...exchange, headers: this.options.key.headers, signal: this.stop.signal });
  }

  private timeout({ warm }: Place, tokens: number): number {
    return warm ? 60_000 + 20 * tokens + 20 * this.pace : 1000 * COLD_SECONDS;
  }

  /**
   * Chooses the address that answers a request: that of its affinity while it is there, else the one with the least to
   * do.
   */
  private async choose(affinity: number, only: string | undefined): Promise<Place> {
    const { places } = this;
    if (only !== undefined) return places.find(({ endpoint }) => endpoint.url === only) as Place;
    const rests = (place: Place) => place.restsUntil > performance.now();
    const wanted = places[affinity % places.length] as Place;
    const awake = places.filter((place) => !rests(place));
    const place = rests(wanted) ? ([...awake].sort((a, b) => a.open - b.open)[0] ?? wanted) : wanted;
    if (place.warm && !place.endpoint.isConnected) place.doubted = true;
    if (place.doubted && this.onReturn !== undefined) {
      place.checking ??= this.onReturn(place.endpoint.url)
        .then(() => {
          place.doubted = false;
        })
        .finally(() => {
          place.checking = undefined;
        });
      await place.checking;
    }
    return place;
  }

  private async waitOrGiveUp(seconds: number, started: number, problem: string): Promise<void> {
    const waited = (performance.now() - Math.max(started, this.lastAnswer)) / 1000;
    const left = this.waitSeconds - waited;
    if (left <= 0) {
      throw new UserError(
        `${problem}; waited ${Math.round(waited)} s for the server (--wait-for-server SECONDS waits longer)`,
      );
    }
    if (waited > 5 && !this.told) {
      this.told = true;
      this.options.tell?.(`waiting for the server: ${problem}`);
    }
    await pause(Math.min(seconds, left + 0.01), this.stop.signal);
  }

  private refuseKey({ status }: Reply, url: string): void {
    if (status !== 401 && status !== 403) return;
    throw new UserError(
      `${url} answers ${status}: it wants a key; set ${this.options.key.variables.join(" or ")} in the environment`,
    );
  }

  private proceed(): void {
    this.stop.signal.throwIfAborted();
  }
}

/** @throws BadAnswer for what is no JSON, such as NaN */
function parsed({ text, whole }: Reply): unknown {
  if (!whole) throw new BadAnswer("an answer with bytes that are not UTF-8");
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const nan = /[:[,]\s*(-?(?:NaN|Infinity))\b/.exec(text)?.[1];
    throw new BadAnswer(
      nan === undefined
        ? `an answer that is no JSON (${JSON.stringify(text.slice(0, 60))})`
        : `an answer with ${nan} for a number`,
    );
  }
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", end);
      resolve();
    }, 1000 * seconds);
    signal.addEventListener("abort", end, { once: true });
  });
}
