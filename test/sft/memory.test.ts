/** Memory is planned before anything is loaded. */

import { expect, test } from "vitest";
import { planRuns } from "../../src/sft/memory.js";
import { openLlama } from "../support/engines.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";
import { expectUserError, failureOf } from "../support/user-error.js";

test("a model that does not fit is refused with the figures; an adapter of it may fit", async () => {
  const { model } = await openLlama(await writeTinyCheckpoint(tempFolder()));
  const plan = (sizes: { trained: number; frozen: number }, longest: number, memory: number) =>
    Promise.resolve().then(() => planRuns(model, sizes, longest, memory));
  const billion = { trained: 1e9, frozen: 0 };
  expectUserError(
    await failureOf(() => plan(billion, 100, 8e9)),
    "16.0 GB for weights, gradients and moments",
    "this machine has 8.0 GB",
    "--lora-rank",
  );
  expect((await plan({ trained: 1e6, frozen: 1e9 }, 100, 8e9)).slots).toBe(1024);
  expect((await plan({ trained: 1e6, frozen: 0 }, 100, 320e6)).slots).toBe(244);
  expectUserError(await failureOf(() => plan({ trained: 1e6, frozen: 0 }, 5000, 320e6)), "an example of 5000 tokens");
});
