import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hubSettings } from "../../src/hub/index.js";

const HOME = "/home/someone";

test("settings have defaults where the environment says nothing", () => {
  expect(hubSettings({ HOME })).toEqual({
    endpoint: "https://huggingface.co",
    cacheDir: "/home/someone/.cache/huggingface/hub",
    token: undefined,
    offline: false,
    retryDelayMs: 500,
  });
});

test.each([
  [{ HF_HUB_CACHE: "/a", HF_HOME: "/b", XDG_CACHE_HOME: "/c" }, "/a"],
  [{ HF_HOME: "/b", XDG_CACHE_HOME: "/c" }, "/b/hub"],
  [{ XDG_CACHE_HOME: "/c" }, "/c/huggingface/hub"],
  [{ HF_HOME: "~/hf" }, "/home/someone/hf/hub"],
  [{ HF_HUB_CACHE: "", HF_HOME: "" }, "/home/someone/.cache/huggingface/hub"],
])("the cache of %o is %s", (env, cacheDir) => {
  expect(hubSettings({ HOME, ...env }).cacheDir).toBe(cacheDir);
});

test("the token is HF_TOKEN, else the content of the token file", () => {
  const folder = mkdtempSync(join(tmpdir(), "hub-settings-"));
  writeFileSync(join(folder, "token"), "hf_file\n");
  expect(hubSettings({ HOME, HF_HOME: folder }).token).toBe("hf_file");
  expect(hubSettings({ HOME, HF_TOKEN_PATH: join(folder, "token") }).token).toBe("hf_file");
  expect(hubSettings({ HOME, HF_HOME: folder, HF_TOKEN: " hf_env " }).token).toBe("hf_env");
});

test("a token that no header can carry is refused without showing it", () => {
  expect(() => hubSettings({ HOME, HF_TOKEN: "hf_se cret" })).toThrow(
    /^the token in HF_TOKEN holds spaces or non-ASCII characters; copy it again$/,
  );
});

test("the hub is not asked where a flag or HF_HUB_OFFLINE says so", () => {
  expect(hubSettings({ HOME }, { offline: true }).offline).toBe(true);
  for (const value of ["1", "true", "YES", "on"])
    expect(hubSettings({ HOME, HF_HUB_OFFLINE: value }).offline).toBe(true);
  for (const value of ["0", "false", ""]) expect(hubSettings({ HOME, HF_HUB_OFFLINE: value }).offline).toBe(false);
});

test("the endpoint is a URL without a slash at its end", () => {
  expect(hubSettings({ HOME, HF_ENDPOINT: "https://mirror.example/hf/" }).endpoint).toBe("https://mirror.example/hf");
  expect(() => hubSettings({ HOME, HF_ENDPOINT: "mirror" })).toThrow('HF_ENDPOINT is "mirror": expected a URL');
});
