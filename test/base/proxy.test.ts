/** Tests which addresses the environment wants reached through a proxy. */

import { expect, test } from "vitest";
import { proxyFor, proxyName } from "../../src/base/proxy.js";

const proxied = (url: string, env: NodeJS.ProcessEnv) => proxyFor(new URL(url), env)?.href;

test.each<[string, string, NodeJS.ProcessEnv, string | undefined]>([
  ["no variable", "https://hub.example/", {}, undefined],
  ["HTTPS_PROXY for https", "https://hub.example/", { HTTPS_PROXY: "http://p:1" }, "http://p:1/"],
  ["HTTPS_PROXY not for http", "http://hub.example/", { HTTPS_PROXY: "http://p:1" }, undefined],
  ["HTTP_PROXY for http", "http://hub.example/", { HTTP_PROXY: "http://p:1" }, "http://p:1/"],
  ["ALL_PROXY for the rest", "https://hub.example/", { ALL_PROXY: "p:1", HTTP_PROXY: "http://q:1" }, "http://p:1/"],
  ["lower case first", "http://hub.example/", { HTTP_PROXY: "http://p:1", http_proxy: "http://q:1" }, "http://q:1/"],
  ["an empty variable", "http://hub.example/", { HTTP_PROXY: " " }, undefined],
  ["this machine", "http://127.0.0.1:80/", { HTTP_PROXY: "http://p:1" }, undefined],
  ["this machine by name", "http://localhost:80/", { HTTP_PROXY: "http://p:1" }, undefined],
  ["this machine by IPv6", "http://[::1]:80/", { HTTP_PROXY: "http://p:1" }, undefined],
])("%s: %s with %o goes through %s", (_, url, env, proxy) => {
  expect(proxied(url, env)).toBe(proxy);
});

test.each([
  ["*", "http://a.example/", true],
  ["a.example", "http://a.example/", true],
  ["a.example", "http://b.a.example/", true],
  ["a.example", "http://ba.example/", false],
  [".a.example", "http://b.a.example/", true],
  ["*.a.example", "http://b.a.example/", true],
  ["b.example, a.example", "http://a.example/", true],
  ["a.example:8000", "http://a.example:8000/", true],
  ["a.example:8000", "http://a.example/", false],
  ["a.example:443", "https://a.example/", true],
  ["10.0.0.0/8", "http://10.1.2.3:8000/", true],
  ["10.0.0.0/8", "http://11.1.2.3:8000/", false],
  ["10.0.0.0/99", "http://10.1.2.3/", false],
  ["fd00::/8", "http://[fd00::1]:8000/", true],
  ["[fd00::1]:8000", "http://[fd00::1]:8000/", true],
  ["2.3", "http://10.1.2.3/", false],
  ["", "http://a.example/", false],
])("NO_PROXY %s and %s: direct is %s", (list, url, direct) => {
  const env = { HTTP_PROXY: "http://p:1", HTTPS_PROXY: "http://p:1", NO_PROXY: list };
  expect(proxied(url, env) === undefined).toBe(direct);
});

test("a proxy that cannot be one is refused, and no password is shown", () => {
  for (const value of ["socks5://user:secret@p:1", "http://user:secret@p:port"]) {
    let message = "";
    try {
      proxied("http://hub.example/", { HTTP_PROXY: value });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain("HTTP_PROXY is no address of an HTTP proxy");
    expect(message).not.toContain("secret");
  }
  expect(proxyName(new URL("http://user:secret@p:3128"))).toBe("http://p:3128");
});
