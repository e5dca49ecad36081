/** Damaged GGUF files: each is read or refused in one line, quickly, and without memory it has no right to. */

import fc from "fast-check";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCheckpoint } from "../../src/checkpoints/checkpoint.js";
import { openTokenizer } from "../../src/engine/text/tokenizer.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError } from "../support/user-error.js";
import { byteEdits, edited } from "./mutations.js";

const CASES = Math.ceil(Number(process.env["FUZZ_CASES"] ?? 1500) / 5);
const SEED = Number(process.env["FUZZ_SEED"] ?? 2026);
/** Milliseconds of processor time for one case, and bytes of buffers beyond four times the file's own size. */
const MAX_TIME = 1000;
const ALLOWANCE = 48 * 1024 * 1024;

const folder = tempFolder();
const FOLDER = join(import.meta.dirname, "../golden/gguf");
const sources = new Map(["llama", "gemma2", "gpt2"].map((name) => [name, readFileSync(join(FOLDER, `${name}.gguf`))]));
/** Bytes of each file that are not tensors: three edits in four are made there. */
const HEADER = 4096;

test("a GGUF file with damaged bytes, or cut, opens or is refused", { timeout: 180_000 + CASES * 30 }, async () => {
  const places = fc.constantFrom(...sources.keys());
  const numbers = [0, 1, 2, 4, 8, 9, 0x7f, 0x80, 0xff];
  const property = fc.asyncProperty(
    places,
    byteEdits(numbers),
    fc.boolean(),
    fc.nat(),
    async (name, edits, cut, length) => {
      const whole = sources.get(name) as Buffer;
      const bytes = Buffer.concat([edited(whole.subarray(0, HEADER), edits), whole.subarray(HEADER)]);
      const path = join(folder, `${name}.gguf`);
      const content = cut ? bytes.subarray(0, length % bytes.length) : bytes;
      await writeFile(path, content);
      const before = process.memoryUsage().arrayBuffers;
      const started = process.cpuUsage();
      let failure: unknown;
      try {
        openTokenizer(await openCheckpoint(path), path);
      } catch (error) {
        failure = error;
      }
      const { user, system } = process.cpuUsage(started);
      expect((user + system) / 1000).toBeLessThan(MAX_TIME);
      expect(process.memoryUsage().arrayBuffers - before - 4 * content.length).toBeLessThan(ALLOWANCE);
      if (failure !== undefined) expectUserError(failure, path);
    },
  );
  await fc.assert(property, { numRuns: CASES, seed: SEED });
});
