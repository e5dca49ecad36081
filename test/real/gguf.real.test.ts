/** stories260K as a GGUF file against the same model as safetensors; skipped where ../shared/models is not there. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openParts } from "../support/engines.js";

const models = join(import.meta.dirname, "../../../shared/models");
const file = join(models, "stories260K-f32.gguf");

describe.skipIf(!existsSync(file))("stories260K-f32.gguf", () => {
  test("gives the token ids and log-probabilities of the released checkpoint", async () => {
    const [gguf, released] = [await openParts(file), await openParts(join(models, "stories260K-hf"))];
    for (const text of ["Once upon a time, there was a girl.", "  Two  spaces\n\nand naïve café 😀", "", " <s> </s>"]) {
      const ids = released.tokenizer.encodeContext(text);
      expect(gguf.tokenizer.encodeContext(text)).toEqual(ids);
      const targets = ids.slice(1).map((token, position) => ({ position, token }));
      const [ours, theirs] = [
        await gguf.backend.score([{ ids, targets }]),
        await released.backend.score([{ ids, targets }]),
      ];
      ours.logprobs.forEach((value, i) => {
        expect(Math.abs(value - (theirs.logprobs[i] as number))).toBeLessThan(1e-4);
      });
    }
    await gguf.backend.close();
    await released.backend.close();
  });
});
