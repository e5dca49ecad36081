import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtinCheckpoint, builtinRevisions } from "../../../src/checkpoints/find/builtin.js";
import { expandSpec, pointsOf } from "../../../src/checkpoints/find/points.js";
import { resolveCheckpoint } from "../../../src/checkpoints/find/resolve.js";
import { parseTrainingStep } from "../../../src/checkpoints/find/training-steps.js";
import { openEngine } from "../../../src/engine/open.js";

const { root } = builtinCheckpoint();
const online = { revision: undefined, offline: false };

describe("the built-in checkpoints", () => {
  test("are at least six points of one training, with one tokenizer, small enough for a package", () => {
    const revisions = builtinRevisions();
    expect(revisions.length).toBeGreaterThanOrEqual(6);
    const steps = revisions.map((name) => parseTrainingStep(name)?.step ?? NaN);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(readdirSync(root).sort()).toEqual([...revisions, "tokenizer.json", "tokenizer_config.json"].sort());
    const bytes = revisions.reduce((sum, name) => sum + statSync(join(root, name, "model.safetensors")).size, 0);
    expect(bytes).toBeLessThan(25e6);
  });

  test("are named by their step; builtin alone and main are the last", async () => {
    const last = builtinRevisions().at(-1) as string;
    for (const spec of ["builtin", "builtin@main", `builtin@${last}`]) {
      expect(await resolveCheckpoint(spec, online)).toMatchObject({
        folder: join(root, last),
        tokenizerFolder: root,
        revision: undefined,
        point: { step: parseTrainingStep(last)?.step },
      });
    }
    const [first = ""] = builtinRevisions();
    expect((await resolveCheckpoint("builtin", { ...online, revision: first })).folder).toBe(join(root, first));
  });

  test("stand for all of them with wildcards, or for the steps that are picked", async () => {
    const revisions = builtinRevisions();
    const all = await expandSpec("builtin@step*", undefined, {}, true);
    expect(all?.map(({ spec }) => spec)).toEqual(revisions.map((name) => `builtin@${name}`));
    const step = parseTrainingStep(revisions[1] ?? "")?.step ?? NaN;
    expect(await expandSpec("builtin", undefined, { steps: [step] }, true)).toMatchObject([
      { name: `builtin@${revisions[1]}` },
    ]);
    expect(await expandSpec("builtin", undefined, {}, true)).toBeUndefined();
    expect((await pointsOf("builtin", true)).map(({ name }) => name)).toEqual(revisions);
  });

  test.each([
    ["builtin@step1x", /^builtin has no revision "step1x"; (did you mean|known)/],
    ["builtin@stpe*", /nothing in builtin matches "stpe\*"/],
  ])("%s is refused", async (spec, message) => {
    const refused = spec.includes("*") ? expandSpec(spec, undefined, {}, true) : resolveCheckpoint(spec, { ...online });
    await expect(refused).rejects.toThrow(message);
  });

  test("the last one has read its world, the first one has not", async () => {
    const lossOf = async (revision: string | undefined) => {
      const { subfolder } = builtinCheckpoint(revision);
      const engine = await openEngine({
        folder: join(root, subfolder),
        tokenizerFolder: root,
        device: "cpu",
        threads: 1,
      });
      const text = " Mara takes the kettle. Then Mara fills the kettle with water.";
      const [score] = await engine.score([{ segments: [""], continuations: [text], mode: "sequence" }]);
      await engine.close();
      return -(score?.continuations[0]?.logprob ?? NaN);
    };
    expect(await lossOf(undefined)).toBeLessThan(0.5 * (await lossOf(builtinRevisions()[0])));
  });
});
