/** Makes one HTTP exchange with a server, over a connection that is kept. */

import http from "node:http";
import https from "node:https";
import { messageOf } from "../../../base/errors.js";
import { agentFor } from "../../../base/proxy.js";
import { isUtf8 } from "../../../base/utf8.js";

/**
 * Says that the connection was refused or lost, or nothing came in time: it is not known whether the server did the
 * work.
 */
export class ConnectionLost extends Error {
  /** @param refused true where nothing listens at the address */
  constructor(
    message: string,
    readonly refused: boolean,
  ) {
    super(message);
  }
}

export interface Exchange {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** JSON text. */
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** Whether the text is what was sent: bytes that are no UTF-8 are others in it. */
  readonly whole: boolean;
  /** Seconds that the server asks to wait; undefined where it does not say. */
  readonly retryAfter: number | undefined;
}

/**
 * Limits the bytes of an answer, beyond which it cannot be meant: the log-probabilities of one request are far fewer.
 */
const LARGEST_ANSWER = 256 * 2 ** 20;

/** Holds an address with its connections. */
export class Endpoint {
  private readonly agent: http.Agent;
  private readonly secure: boolean;
  private connections = 0;

  /**
   * Tells whether a connection is still open: where every one has ended, the server may have been started anew since.
   */
  get isConnected(): boolean {
    return this.connections > 0;
  }

  constructor(readonly url: string) {
    this.secure = url.startsWith("https:");
    const options = { keepAlive: true, maxSockets: 1024, scheduling: "fifo" } as const;
    this.agent = agentFor(new URL(url), options);
  }

  /** @throws ConnectionLost; the signal's reason where it was aborted */
  send({ method, path, body, headers = {}, timeout, signal }: Exchange): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const { request } = this.secure ? https : http;
      const content = body === undefined ? undefined : Buffer.from(body);
      const sent = request(`${this.url}${path}`, {
        method,
        agent: this.agent,
        headers: {
          accept: "application/json",
          ...(content === undefined
            ? {}
            : { "content-type": "application/json", "content-length": String(content.length) }),
          ...headers,
        },
      });
      sent.on("socket", (socket) => {
        if (sent.reusedSocket) return;
        this.connections++;
        socket.once("close", () => this.connections--);
      });
      const fail = (error: Error) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        reject(error);
        sent.destroy();
      };
      const abort = () => {
        fail(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        fail(new ConnectionLost(`no answer within ${Math.round(timeout / 1000)} s`, false));
      }, timeout);
      if (signal?.aborted === true) {
        abort();
        return;
      }
      signal?.addEventListener("abort", abort, { once: true });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        const code = error.code ?? "";
        const refused = ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"].includes(code);
        fail(new ConnectionLost(code === "" ? messageOf(error) : `${messageOf(error)} (${code})`, refused));
      });
      sent.on("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > LARGEST_ANSWER) fail(new ConnectionLost("an answer of more than 256 MB", false));
        });
        response.on("error", () => {
          fail(new ConnectionLost("the connection ended in the middle of an answer", false));
        });
        response.on("close", () => {
          if (!response.complete) fail(new ConnectionLost("the connection ended in the middle of an answer", false));
        });
        response.on("end", () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
          const wait = Number(response.headers["retry-after"]);
          const bytes = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            text: bytes.toString("utf8"),
            whole: isUtf8(bytes),
            retryAfter: Number.isFinite(wait) && wait >= 0 ? wait : undefined,
          });
        });
      });
      sent.end(content);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
