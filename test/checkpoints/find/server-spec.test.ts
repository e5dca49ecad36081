/** Specs of models behind servers. */

import { describe, expect, test } from "vitest";
import { joinPools, parseServerSpec } from "../../../src/checkpoints/find/server-spec.js";

test.each([
  ["vllm:http://h:8000", { kind: "vllm", urls: ["http://h:8000"], model: undefined }],
  ["vllm:http://h:8000/#ORG/NAME", { kind: "vllm", urls: ["http://h:8000"], model: "ORG/NAME" }],
  ["sglang:http://a:1,http://b:2#m", { kind: "sglang", urls: ["http://a:1", "http://b:2"], model: "m" }],
  ["openai:https://host/api/v1", { kind: "openai", urls: ["https://host/api"], model: undefined }],
  ["vllm:ORG/NAME@step*", { kind: "vllm", checkpoint: "ORG/NAME@step*" }],
  ["llamacpp:./model.gguf", { kind: "llamacpp", checkpoint: "./model.gguf" }],
  ["ORG/NAME", undefined],
  ["./folder", undefined],
  ["lora:./folder", undefined],
])("%s", (spec, expected) => {
  expect(parseServerSpec(spec)).toEqual(expected);
});

describe("refusals", () => {
  test.each([
    ["vllm:", /give an address, such as vllm:http:\/\/127\.0\.0\.1:8000/],
    ["openai:gpt", /give an address/],
    ["vlm:http://h:1", /no kind of server is called "vlm"; did you mean "vllm"\?/],
    ["vllm:http://h:1#", /nothing follows the #/],
    ["vllm:http://", /is no address/],
    ["vllm:http://h:1?key=secret", /has no "\?"/],
  ])("%s", (spec, message) => {
    expect(() => parseServerSpec(spec)).toThrow(message);
  });

  test("a password in an address is refused and not shown", () => {
    expect(() => parseServerSpec("openai:https://me:secret@host/v1")).toThrow(
      /^(?!.*secret).*keys of servers come from the environment/,
    );
  });
});

test("addresses of a pool that a comma list cut apart are put together again", () => {
  expect(joinPools(["a", "m=vllm:http://a:1", "http://b:2#x", "builtin", "http://c"])).toEqual([
    "a", "m=vllm:http://a:1,http://b:2#x", "builtin", "http://c",
  ]); // prettier-ignore
});
