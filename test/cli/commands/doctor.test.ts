/**
 * Tests what the doctor finds, in the real program: a hub that answers, one that does not, a token, a cache that is a
 * file.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../../src/cli/doctor/finding.js";
import { runCli } from "../../support/cli.js";
import { startHub, type HubServer } from "../../support/hub-server.js";
import { tempFolder } from "../../support/temp-folder.js";

const root = tempFolder();
let hub: HubServer;
beforeAll(async () => {
  hub = await startHub([]);
});
afterAll(() => hub.close());

interface Said {
  readonly code: number | null;
  readonly ok: boolean;
  readonly stderr: string;
  readonly all: string;
  readonly of: (name: string) => Finding | undefined;
}

async function doctor(env: NodeJS.ProcessEnv): Promise<Said> {
  const { code, stdout, stderr } = await runCli(["doctor", "--json"], root, { HF_HUB_OFFLINE: "", ...env });
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: readonly Finding[] };
  return { code, ok, stderr, all: stdout + stderr, of: (name) => findings.find((one) => one.name === name) };
}

test("everything a run needs is found, and a token is never shown", async () => {
  const { code, ok, all, of } = await doctor({
    HF_ENDPOINT: hub.endpoint,
    HF_TOKEN: "hf_secret",
    VLLM_API_KEY: "key_secret",
    HTTPS_PROXY: "http://me:password@proxy.example:3128",
  });
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(of("node")?.found).toContain(process.versions.node);
  expect(of("onnxruntime")?.found).toMatch(/^onnxruntime-node \d.*onnxruntime-web \d/);
  expect(of("devices")?.found).toContain("cpu, wasm");
  expect(of("memory")?.found).toMatch(/^[\d.]+ GB, [\d.]+ [GM]B free/);
  expect(of("hub")?.found).toMatch(new RegExp(`^${hub.endpoint} answers within \\d+ ms$`));
  expect(of("token")?.found).toBe("found in HF_TOKEN");
  expect(of("proxy")?.found).toBe("none for the hub");
  expect(of("cache")?.found).toContain(join(root, "hub"));
  expect(of("server keys")?.found).toBe("VLLM_API_KEY");
  expect(hub.seen.at(-1)).toMatchObject({ url: "/api/whoami-v2", authorization: "Bearer hf_secret" });
  expect(all).not.toMatch(/hf_secret|key_secret|password/);
});

test("a hub that does not answer ends with exit code 1 and what to do, unless it is not to be asked", async () => {
  const dead = { HF_ENDPOINT: "http://hub.invalid", NODE_EXTRA_CA_CERTS: join(root, "none.pem") };
  const { code, ok, stderr, of } = await doctor(dead);
  expect({ code, ok }).toEqual({ code: 1, ok: false });
  expect(of("hub")).toMatchObject({
    stops: true,
    problem: expect.stringContaining("cannot reach http://hub.invalid") as string,
  });
  expect(of("certificates")).toMatchObject({ stops: true, problem: expect.stringContaining("no such file") as string });
  expect(stderr).toContain("2 things would stop a run: hub, certificates");
  const offline = await doctor({ HF_ENDPOINT: "http://hub.invalid", HF_HUB_OFFLINE: "1" });
  expect(offline.code).toBe(0);
  expect(offline.of("hub")?.found).toContain("not asked");
});

test("a token that is refused, a cache that is a file and a proxy that cannot be one stop a run", async () => {
  hub.fail("api", { kind: "status", status: 401 });
  writeFileSync(join(root, "file"), "");
  const { code, of } = await doctor({
    HF_ENDPOINT: hub.endpoint,
    HF_TOKEN: "hf_old",
    HF_HUB_CACHE: join(root, "file"),
  });
  expect(code).toBe(1);
  expect(of("token")).toMatchObject({ stops: true, problem: expect.stringContaining("does not accept it") as string });
  expect(of("cache")).toMatchObject({
    stops: true,
    problem: expect.stringContaining("is no folder; set HF_HUB_CACHE") as string,
  });
  const socks = await doctor({ HF_ENDPOINT: "http://hub.invalid", HTTP_PROXY: "socks5://me:password@p:1" });
  expect(socks.of("proxy")).toMatchObject({ stops: true });
  expect(socks.all).not.toContain("password");
});

test("a token's file that holds none is said, and stops nothing", async () => {
  for (const path of [join(root, "no-such-file"), root]) {
    const { code, of } = await doctor({ HF_ENDPOINT: hub.endpoint, HF_TOKEN_PATH: path });
    expect(code).toBe(0);
    expect(of("token")).toMatchObject({
      stops: false,
      problem: `HF_TOKEN_PATH is ${path}, where no token can be read; name a file that holds one, or unset it`,
    });
  }
});

test("lines are no longer than the terminal is wide, and nothing is lost", async () => {
  const env = { HF_HUB_OFFLINE: "", HF_ENDPOINT: "http://127.0.0.1:9/a-hub-that-does-not-answer" };
  const wide = await runCli(["doctor"], root, env);
  const narrow = await runCli(["doctor"], root, { ...env, COLUMNS: "60" });
  expect(Math.max(...wide.stdout.split("\n").map((line) => line.length))).toBeGreaterThan(60);
  expect(Math.max(...narrow.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  const joined = (text: string) => text.replaceAll(/[\d.]+ [GM]B/g, "").replaceAll(/\s+/g, "");
  expect(joined(narrow.stdout)).toBe(joined(wide.stdout));
});
