/** Provides a hub on this machine: the parts of the Hugging Face API that the client uses, with faults on demand. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** Describes a repository at one commit; several entries with one id are its commits, the first that fits is taken. */
export interface FakeRepo {
  type: "dataset" | "model";
  id: string;
  commit: string;
  /** Names that stand for the commit. */
  branches: string[];
  /** Further names of the commit. */
  tags?: string[];
  /** Path -> content. */
  files: Record<string, string | Buffer>;
  /** Paths that are large files: redirected to the CDN and known by SHA-256. */
  large?: string[];
  /** The one token that may read the files. */
  gatedFor?: string;
}

/** Holds what happens to one request instead of the regular answer. */
export type Fault =
  | { kind: "status"; status: number; headers?: Record<string, string> }
  /** The connection breaks after this many bytes of the body. */
  | { kind: "cut"; after: number }
  /** The right length, wrong bytes. */
  | { kind: "corrupt" }
  /** The whole file, whatever range was asked for. */
  | { kind: "ignore-range" };

export interface Seen {
  at: "hub" | "cdn";
  method: string;
  url: string;
  authorization: string | undefined;
  range: string | undefined;
}

export interface HubServer {
  endpoint: string;
  /** Every request so far. */
  seen: Seen[];
  /** The next requests to API, file addresses or CDN meet these faults, one each. */
  fail(where: "api" | "resolve" | "cdn", ...faults: Fault[]): void;
  /** From now on file addresses that end so are missing; undefined lifts that. */
  refuse(ending: string | undefined): void;
  close(): Promise<void>;
}

export const sha256Of = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");

/** Id that git gives a file's content. */
export function gitBlobId(data: string | Buffer): string {
  const bytes = Buffer.from(data);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** Certificate and key, as PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** Starts the hub, with `tls` for https, and its CDN, each on a free port. */
export async function startHub(
  repos: FakeRepo[],
  { pageSize = 1000, tls }: { pageSize?: number; tls?: Tls } = {},
): Promise<HubServer> {
  const seen: Seen[] = [];
  let refused: string | undefined;
  const faults = { api: [] as Fault[], resolve: [] as Fault[], cdn: [] as Fault[] };
  const note = (at: Seen["at"], request: IncomingMessage) => {
    const { authorization, range } = request.headers;
    seen.push({ at, method: request.method ?? "", url: request.url ?? "", authorization, range });
  };

  const cdn = createServer((request, response) => {
    note("cdn", request);
    const [, repo = "0", ...path] = (request.url ?? "").split("/").map(decodeURIComponent);
    const content = repos[Number(repo)]?.files[path.join("/")];
    if (content === undefined) return void response.writeHead(404).end();
    sendFile(request, response, Buffer.from(content), faults.cdn.shift());
  });
  const cdnUrl = await listen(cdn);

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    note("hub", request);
    const url = new URL(request.url ?? "/", "http://hub");
    const fault = url.pathname.startsWith("/api/") ? faults.api.shift() : faults.resolve.shift();
    if (fault?.kind === "status") return void response.writeHead(fault.status, fault.headers).end("fault");
    const commits = repos.filter((repo) => {
      const prefixes = [`/api/${repo.type}s/${repo.id}/`, `/${repo.type === "dataset" ? "datasets/" : ""}${repo.id}/`];
      return prefixes.some((prefix) => url.pathname.startsWith(prefix));
    });
    const [any] = commits;
    if (!any) {
      refuse(response, request.headers.authorization ? 404 : 401, "RepoNotFound");
      return;
    }
    const [, action = "", rest = ""] =
      new RegExp(`/${any.id}/(revision|tree|refs|resolve)/?(.*)$`).exec(url.pathname) ?? [];
    if (action === "refs") {
      json(response, refsOf(commits));
      return;
    }
    const [revision = "", ...parts] = (action === "revision" ? [rest] : rest.split("/")).map(decodeURIComponent);
    const found = commits.find((repo) => [repo.commit, ...repo.branches, ...(repo.tags ?? [])].includes(revision));
    if (!found) {
      refuse(response, 404, "RevisionNotFound");
      return;
    }
    if (action === "revision") {
      json(response, { sha: found.commit, id: found.id });
      return;
    }
    if (action === "tree") {
      sendTree(response, url, found);
      return;
    }
    if (found.gatedFor !== undefined && request.headers.authorization !== `Bearer ${found.gatedFor}`) {
      refuse(response, request.headers.authorization ? 403 : 401, "GatedRepo");
      return;
    }
    const path = parts.join("/");
    const content = found.files[path];
    if (content === undefined || (refused !== undefined && url.pathname.endsWith(refused))) {
      refuse(response, 404, "EntryNotFound");
      return;
    }
    response.setHeader("x-repo-commit", found.commit);
    if (found.large?.includes(path)) {
      const location = `${cdnUrl}/${repos.indexOf(found)}/${parts.map(encodeURIComponent).join("/")}`;
      const etag = { "x-linked-etag": `"${sha256Of(content)}"`, "x-linked-size": Buffer.byteLength(content) };
      return void response.writeHead(302, { location, ...etag }).end();
    }
    response.setHeader("etag", `"${gitBlobId(content)}"`);
    sendFile(request, response, Buffer.from(content), fault);
  };
  const hub = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);

  function sendTree(response: ServerResponse, url: URL, repo: FakeRepo): void {
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const entries = treeOf(repo);
    if (start + pageSize < entries.length) {
      url.searchParams.set("cursor", String(start + pageSize));
      response.setHeader("link", `<${endpoint}${url.pathname}${url.search}>; rel="next"`);
    }
    json(response, entries.slice(start, start + pageSize));
  }

  const plain = await listen(hub);
  const endpoint = tls === undefined ? plain : plain.replace("http:", "https:");
  return {
    endpoint,
    seen,
    refuse: (ending) => (refused = ending),
    fail: (where, ...list) => void faults[where].push(...list),
    close: async () => {
      await Promise.all([stop(hub), stop(cdn)]);
    },
  };
}

function treeOf(repo: FakeRepo): object[] {
  const folders = new Set(Object.keys(repo.files).flatMap((path) => path.split("/").slice(0, -1)));
  return [
    ...[...folders].map((path) => ({ type: "directory", path, size: 0, oid: gitBlobId(path) })),
    ...Object.entries(repo.files).map(([path, content]) => {
      const size = Buffer.byteLength(content);
      if (!repo.large?.includes(path)) return { type: "file", path, size, oid: gitBlobId(content) };
      const lfs = { oid: sha256Of(content), size, pointerSize: 130 };
      return { type: "file", path, size, oid: gitBlobId(`pointer to ${path}`), lfs };
    }),
  ];
}

function refsOf(commits: readonly FakeRepo[]): object {
  const named = (kind: string, names: (repo: FakeRepo) => readonly string[]) =>
    commits.flatMap((repo) =>
      names(repo).map((name) => ({ name, ref: `refs/${kind}/${name}`, targetCommit: repo.commit })),
    );
  return {
    branches: named("heads", ({ branches }) => branches),
    tags: named("tags", ({ tags }) => tags ?? []),
    converts: [],
  };
}

function sendFile(request: IncomingMessage, response: ServerResponse, content: Buffer, fault: Fault | undefined): void {
  if (fault?.kind === "status") return void response.writeHead(fault.status, fault.headers).end("fault");
  const asked = fault?.kind === "ignore-range" ? undefined : /^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1];
  const start = Number(asked ?? 0);
  if (start > 0 && start >= content.length) return void response.writeHead(416).end();
  const body = Buffer.from(content.subarray(start));
  if (fault?.kind === "corrupt") body[0] = (body[0] ?? 0) ^ 1;
  const range =
    asked === undefined ? {} : { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
  response.writeHead(asked === undefined ? 200 : 206, { "content-length": body.length, ...range });
  if (request.method === "HEAD") return void response.end();
  if (fault?.kind !== "cut") return void response.end(body);
  // The bytes must be on their way before the connection breaks, or the client would see none of them.
  response.write(body.subarray(0, fault.after), () => setTimeout(() => response.destroy(), 20));
}

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "x-error-code": code, "content-type": "application/json" }).end(`{"error":"${code}"}`);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
