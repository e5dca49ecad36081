/** Keys of config.json that the user has passed over: what they change, what is recorded, and what is refused. */

import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { hashCheckpoint, openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";

const root = tempFolder();
const plain = join(root, "plain");
const odd = join(root, "odd");
const nested = join(root, "nested");

beforeAll(async () => {
  await writeTinyCheckpoint(plain);
  await writeTinyCheckpoint(odd, { config: { attention_twist: 3, second_twist: 4 } });
  await writeTinyCheckpoint(nested, { config: { rope_scaling: { rope_type: "default", twist: 2 } } });
});

test("a refusal names all keys that are not known, as --ignore-config-key takes them", async () => {
  await expect(openCheckpoint(odd)).rejects.toThrow(
    "--ignore-config-key attention_twist,second_twist passes over these",
  );
  await expect(openCheckpoint(odd, odd, ["second_twist"])).rejects.toThrow(
    "--ignore-config-key attention_twist passes over it",
  );
  await expect(openCheckpoint(nested)).rejects.toThrow("--ignore-config-key rope_scaling.twist passes over it");
});

test("a checkpoint opens without them, as one of another configuration", async () => {
  const keys = ["second_twist", "attention_twist"];
  const opened = await openCheckpoint(odd, odd, keys);
  const known = await openCheckpoint(plain);
  if (opened.kind !== "weights" || known.kind !== "weights") throw new Error("not read from weights");
  expect(opened.model).toEqual(known.model);
  const [own, other] = [await hashCheckpoint(opened), await hashCheckpoint(known)];
  expect(own.weights).toBe(other.weights);
  expect(own.config).not.toBe(other.config);
  const turned = await hashCheckpoint(await openCheckpoint(odd, odd, [...keys].reverse()));
  expect(turned.config).toBe(own.config);
  expect(await openCheckpoint(nested, nested, ["rope_scaling.twist"])).toMatchObject({ kind: "weights" });
});

test("one that is not there is refused with the nearest name, and one that is read as well", async () => {
  await expect(openCheckpoint(plain, plain, ["hiden_act"])).rejects.toThrow(
    "--ignore-config-key hiden_act: " + join(plain, "config.json") + ' has no such key; did you mean "hidden_act"?',
  );
  await expect(openCheckpoint(plain, plain, ["hidden_size"])).rejects.toThrow(
    "needs this key; only keys that are not known can be passed over",
  );
});
