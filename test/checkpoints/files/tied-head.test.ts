/** Heads that config.json ties to the embedding, as they are stored. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openParts, textEngine } from "../../support/engines.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint, type TinyOptions } from "../../support/tiny-checkpoint.js";

const root = tempFolder();
const REQUEST = [
  { segments: ["The happy cat"], continuations: [" was very happy", " ran"], mode: "sequence" as const },
];

async function scores(folder: string): Promise<readonly number[]> {
  const engine = textEngine(await openParts(folder));
  const [result] = await engine.score(REQUEST);
  await engine.close();
  return (result?.continuations ?? []).map(({ logprob }) => logprob);
}

async function checkpoint(name: string, options: TinyOptions): Promise<string> {
  return writeTinyCheckpoint(join(root, name), options);
}

/** Renames a tensor in the header of model.safetensors, whose length stays. */
async function rename(folder: string, from: string, to: string): Promise<void> {
  const path = join(folder, "model.safetensors");
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE());
  const header = bytes.subarray(8, 8 + length).toString();
  expect(header).toContain(`"${from}"`);
  const changed = header.replace(`"${from}"`, `"${to}"`).padEnd(length, " ");
  await writeFile(path, Buffer.concat([bytes.subarray(0, 8), Buffer.from(changed), bytes.subarray(8 + length)]));
}

test("a stored head with values of its own is used although config.json ties it", async () => {
  const untied = await checkpoint("untied", { tied: false });
  const claimed = await checkpoint("claimed", { tied: false, config: { tie_word_embeddings: true } });
  const tied = await checkpoint("tied", { tied: true });
  expect(await scores(claimed)).toEqual(await scores(untied));
  expect(await scores(claimed)).not.toEqual(await scores(tied));
});

test("a tied matrix may be stored under the head's name alone", async () => {
  const usual = await checkpoint("usual", { tied: true });
  const other = await checkpoint("other", { tied: true });
  await rename(other, "model.embed_tokens.weight", "lm_head.weight");
  expect(await scores(other)).toEqual(await scores(usual));
});

test("a head that is a copy of the embedding counts as tied", async () => {
  const folder = await checkpoint("copied", { tied: false, config: { tie_word_embeddings: true } });
  const { checkpoint: before } = await openParts(folder);
  expect(before.model.head.linear.weight).toBe("lm_head.weight");
  const path = join(folder, "model.safetensors");
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const [from, to] = ["model.embed_tokens.weight", "lm_head.weight"].map(
    (name) => header[name]?.data_offsets ?? [0, 0],
  );
  bytes.copy(bytes, 8 + length + (to?.[0] ?? 0), 8 + length + (from?.[0] ?? 0), 8 + length + (from?.[1] ?? 0));
  await writeFile(path, bytes);
  const { checkpoint: after } = await openParts(folder);
  expect(after.model.head.linear.weight).toBe("model.embed_tokens.weight");
});
