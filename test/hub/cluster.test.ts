/**
 * Tests the hub from machines that reach it through a proxy, by a mirror, or with an authority of their own: the real
 * program.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Endpoint } from "../../src/engine/backends/servers/http.js";
import { runCli } from "../support/cli.js";
import { startHub, type FakeRepo, type HubServer } from "../support/hub-server.js";
import { startProxy, type ProxyProcess } from "../support/proxy.js";
import { tempFolder } from "../support/temp-folder.js";

const TLS = join(import.meta.dirname, "../fixtures/tls");
const read = (name: string) => readFileSync(join(TLS, name), "utf8");
const repo: FakeRepo = { type: "model", id: "org/run", commit: "a".repeat(40), branches: ["main"], tags: ["step10"], files: {} }; // prettier-ignore
const root = tempFolder();

let plain: HubServer;
let secure: HubServer;
let proxy: ProxyProcess;
const places: Record<string, string> = {};
beforeAll(async () => {
  plain = await startHub([repo]);
  secure = await startHub([repo], { tls: { cert: read("hub.pem"), key: read("hub.key") } });
  places["hub.invalid"] = new URL(plain.endpoint).host;
  places["secure.hub.invalid"] = new URL(secure.endpoint).host;
  proxy = await startProxy(places);
});
afterAll(async () => {
  proxy.close();
  await Promise.all([plain.close(), secure.close()]);
});

const list = (env: NodeJS.ProcessEnv) => runCli(["checkpoints", "org/run"], root, { HF_HUB_OFFLINE: "", ...env });

test("an http hub is asked through HTTP_PROXY, in whose network alone it has a name", async () => {
  const { code, stdout, stderr } = await list({ HF_ENDPOINT: "http://hub.invalid", HTTP_PROXY: proxy.address });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toContain("step10");
  expect(proxy.seen).toContain("GET http://hub.invalid/api/models/org/run/refs");
});

test("NO_PROXY takes the hub out of it", async () => {
  const env = { HF_ENDPOINT: "http://hub.invalid", HTTP_PROXY: proxy.address, NO_PROXY: ".invalid" };
  const before = proxy.seen.length;
  const { code, stderr } = await list(env);
  expect(code).toBe(1);
  expect(stderr).toContain("ENOTFOUND");
  expect(proxy.seen).toHaveLength(before);
});

test("an https hub is asked through a tunnel of HTTPS_PROXY, once NODE_EXTRA_CA_CERTS tells its authority", async () => {
  const own = await startProxy({ "hub.invalid": places["secure.hub.invalid"] ?? "" });
  const env = { HF_ENDPOINT: "https://hub.invalid", HTTPS_PROXY: own.address };
  const refused = await list(env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`cannot reach https://hub.invalid through the proxy ${own.address}`);
  expect(refused.stderr).toContain("set NODE_EXTRA_CA_CERTS to a file with the certificate of the authority");
  const { code, stdout } = await list({ ...env, NODE_EXTRA_CA_CERTS: join(TLS, "ca.pem") });
  own.close();
  expect(code).toBe(0);
  expect(stdout).toContain("step10");
  expect(new Set(own.seen)).toEqual(new Set(["CONNECT hub.invalid:443"]));
});

test("a mirror over https with a path of its own needs the authority alone", async () => {
  const { code, stderr } = await list({ HF_ENDPOINT: secure.endpoint, NODE_EXTRA_CA_CERTS: join(TLS, "ca.pem") });
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

test("a proxy that wants a user is told which, and the message does not show the password", async () => {
  const own = await startProxy(places, "me:secret");
  const asked = (user: string) =>
    list({ HF_ENDPOINT: "http://hub.invalid", HTTP_PROXY: own.address.replace("//", `//${user}`) });
  expect((await asked("me:secret@")).code).toBe(0);
  const { code, stderr } = await asked("me:secrat@");
  own.close();
  expect(code).toBe(1);
  expect(stderr).toContain("the proxy wants a user and a password");
  expect(stderr).toContain("write HTTP_PROXY=http://USER:PASSWORD@HOST:PORT");
  expect(stderr).not.toContain("secrat");
});

test("an error of the proxy itself is said to come through the proxy", async () => {
  const own = await startProxy(places);
  const { code, stderr } = await list({ HF_ENDPOINT: "http://other.invalid", HTTP_PROXY: own.address });
  own.close();
  expect(code).toBe(1);
  expect(stderr).toContain(`http://other.invalid through the proxy ${own.address} keeps answering 502`);
});

test("a proxy that is not there is named", async () => {
  const env = { HF_ENDPOINT: "https://hub.invalid", HTTPS_PROXY: "http://127.0.0.1:9" };
  const { code, stderr } = await list(env);
  expect(code).toBe(1);
  expect(stderr).toContain("cannot reach https://hub.invalid through the proxy http://127.0.0.1:9");
});

test("the token of the hub's command line is read from its file and sent to the endpoint", async () => {
  writeFileSync(join(root, "token"), "hf_from_file\n");
  const { code } = await list({ HF_ENDPOINT: plain.endpoint, HF_HOME: root });
  expect(code).toBe(0);
  expect(plain.seen.at(-1)?.authorization).toBe("Bearer hf_from_file");
});

test("model servers are asked through the proxy as well", async () => {
  const server = createServer((request, response) => response.end(request.url));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = await startProxy({ "model.invalid": `127.0.0.1:${(server.address() as AddressInfo).port}` });
  vi.stubEnv("HTTP_PROXY", own.address);
  const endpoint = new Endpoint("http://model.invalid:8000");
  const reply = await endpoint.send({ method: "POST", path: "/v1/models", body: "{}", timeout: 10_000 });
  expect(reply).toMatchObject({ status: 200, text: "/v1/models" });
  expect(own.seen).toEqual(["POST http://model.invalid:8000/v1/models"]);
  vi.unstubAllEnvs();
  endpoint.close();
  own.close();
  server.close();
});
