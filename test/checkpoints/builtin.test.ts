import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtinCheckpoint } from "../../src/checkpoints/builtin.js";
import { hashCheckpoint } from "../../src/checkpoints/checkpoint.js";
import { openEngine } from "../../src/engine/open.js";
import { argMax } from "../support/reference-forward.js";
import { openLlama } from "../support/engines.js";
import { tempFolder } from "../support/temp-folder.js";

const make = (cache: string) => builtinCheckpoint({ XDG_CACHE_HOME: cache });

async function contentOf(folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

describe("the built-in checkpoint", () => {
  test("has the same name and bytes wherever it is made", async () => {
    const [first, second] = [await make(tempFolder()), await make(tempFolder())];
    expect(basename(first)).toBe(basename(second));
    expect(dirname(first)).not.toBe(dirname(second));
    const content = await contentOf(first);
    expect([...content.keys()]).toEqual([
      "config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect(await contentOf(second)).toEqual(content);
    expect(await hashCheckpoint(await openLlama(first))).toEqual(await hashCheckpoint(await openLlama(second)));
  });

  test("is made once", async () => {
    const cache = tempFolder();
    const folder = await make(cache);
    const before = await stat(join(folder, "model.safetensors"));
    expect(await make(cache)).toBe(folder);
    expect((await stat(join(folder, "model.safetensors"))).mtimeMs).toBe(before.mtimeMs);
  });

  test("is whole when several make it at once, and leaves nothing else behind", async () => {
    const cache = tempFolder();
    const folders = await Promise.all(Array.from({ length: 4 }, () => make(cache)));
    expect(new Set(folders).size).toBe(1);
    expect(await readdir(join(cache, "amuro-eval"))).toEqual([basename(folders[0] ?? "")]);
    await expect(openLlama(folders[0] ?? "")).resolves.toMatchObject({ kind: "weights", dtype: "F32" });
  });

  test("is made in the temporary folder where the cache is under a file", async () => {
    const file = join(tempFolder(), "file");
    await writeFile(file, "");
    const folder = await make(join(file, "cache"));
    expect(folder.startsWith(file)).toBe(false);
    await expect(openLlama(folder)).resolves.toMatchObject({ kind: "weights" });
  });

  test.skipIf(process.getuid?.() === 0)("is made in the temporary folder where the cache is read-only", async () => {
    const cache = join(tempFolder(), "cache");
    await mkdir(cache);
    await chmod(cache, 0o500);
    const folder = await make(cache);
    expect(folder.startsWith(cache)).toBe(false);
    await chmod(cache, 0o700);
  });

  test("goes to the user's cache where the variable is empty", async () => {
    // Never into the working folder, which is what joining an empty path would give.
    const home = tempFolder();
    const before = process.env["HOME"];
    process.env["HOME"] = home;
    try {
      expect((await builtinCheckpoint({ XDG_CACHE_HOME: "" })).startsWith(join(home, ".cache", "amuro-eval"))).toBe(
        true,
      );
      expect((await builtinCheckpoint({})).startsWith(join(home, ".cache", "amuro-eval"))).toBe(true);
    } finally {
      process.env["HOME"] = before;
    }
  });

  test("scores and generates", async () => {
    const engine = await openEngine({ folder: await make(tempFolder()), device: "cpu", threads: 1 });
    const [score] = await engine.score([
      { segments: ["Question: is it so?\nAnswer:"], continuations: [" yes", " no"], mode: "sequence" },
    ]);
    const logprobs = score?.continuations.map(({ logprob }) => logprob) ?? [];
    expect(logprobs.every((logprob) => logprob < 0 && logprob > -100)).toBe(true);
    expect([0, 1]).toContain(argMax(logprobs));
    const [text] = await engine.generate([{ segments: ["Once"], maxNewTokens: 5, stop: [] }]);
    expect(text?.tokens).toBeGreaterThan(0);
    await engine.close();
  });
});
