/**
 * Damaged files by the thousand: each is read or refused in one line, quickly, and without memory it has no right to.
 * `npm test` runs 1,500 cases; `npm run fuzz` 20,000, or as many as FUZZ_CASES says, from the seed FUZZ_SEED.
 */

import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainByteLevelBpe } from "../../scripts/pretrain-builtin/bpe-trainer.js";
import { openCheckpoint } from "../../src/checkpoints/checkpoint.js";
import { readSafetensors } from "../../src/checkpoints/files/safetensors.js";
import { DTYPE_BYTES, type TensorDtype, type TensorLocation } from "../../src/checkpoints/files/tensors.js";
import { readTorchBin } from "../../src/checkpoints/files/torch-bin.js";
import { readZipDirectory } from "../../src/checkpoints/files/zip-directory.js";
import { tempFolder } from "../support/temp-folder.js";
import { withHeader } from "../support/tiny-checkpoint.js";
import { encodeZip, type ZipFile } from "../support/torch-bin-writer.js";
import { expectUserError } from "../support/user-error.js";
import { byteEdits, edited, editedJson, jsonEdits } from "./mutations.js";

const CASES = Number(process.env["FUZZ_CASES"] ?? 1500);
const SEED = Number(process.env["FUZZ_SEED"] ?? 2026);
/**
 * Milliseconds of processor time for one case (the machine may be busy with other tests), and bytes of buffers beyond
 * the file's own size.
 */
const MAX_TIME = 1000;
const ALLOWANCE = 48 * 1024 * 1024;
/** Bytes by which the process may grow over the whole run, garbage not yet collected included. */
const MAX_GROWTH = 400 * 1024 * 1024;

const golden = (...path: string[]) => join(import.meta.dirname, "../golden", ...path);
const ARCHITECTURES = readdirSync(golden("architectures"), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

const totals = { cases: 0, read: 0, refused: 0, slowest: 0, largest: 0 };
const messages = new Map<string, number>();
let peakBefore = 0;
const peak = () => process.resourceUsage().maxRSS * 1024;

/** Runs one case and holds it to its limits. */
async function expectReadOrRefused(
  path: string,
  size: number,
  run: () => Promise<Iterable<TensorLocation>>,
): Promise<void> {
  const before = process.memoryUsage().arrayBuffers;
  const started = process.cpuUsage();
  let failure: unknown;
  try {
    for (const tensor of await run()) expectInside(tensor, size);
    totals.read++;
  } catch (error) {
    failure = error;
    totals.refused++;
  }
  const { user, system } = process.cpuUsage(started);
  const time = (user + system) / 1000;
  const grown = process.memoryUsage().arrayBuffers - before - size;
  totals.cases++;
  totals.slowest = Math.max(totals.slowest, time);
  totals.largest = Math.max(totals.largest, grown);
  if (failure !== undefined) {
    expectUserError(failure, path);
    const kind = (failure as Error).message
      .replace(path, "")
      .replace(/"(?:[^"\\]|\\.)*"|[\d.]+/g, "_")
      .slice(0, 50);
    messages.set(kind, (messages.get(kind) ?? 0) + 1);
  }
  expect(time).toBeLessThan(MAX_TIME);
  expect(grown).toBeLessThan(ALLOWANCE);
}

/** Checks that what is read is what its shape says, inside the file. */
function expectInside({ shape, dtype, offset, length, view }: TensorLocation, size: number): void {
  const elements = shape.reduce((product, dim) => product * dim, 1);
  // Of a view the file holds what lies from its first number to its last.
  const steps = view?.sizes.reduce((sum, dim, axis) => sum + (dim - 1) * (view.strides[axis] as number), 0);
  const stored = steps === undefined || elements === 0 ? elements : steps + 1;
  expect(length).toBe(stored * DTYPE_BYTES[dtype as TensorDtype]);
  expect(Number.isSafeInteger(offset) && offset >= 0 && offset + length <= size).toBe(true);
}

async function check<T>(share: number, property: fc.IAsyncProperty<T>): Promise<void> {
  await fc.assert(property, { numRuns: Math.ceil(CASES * share), seed: SEED });
}

const folder = tempFolder();
let written = 0;
/** Returns a path that is used by many cases in turn; a case that fails leaves its file to the next shrinking step. */
async function writeCase(content: Uint8Array, name: string): Promise<string> {
  const path = join(folder, `${written++ % 4}-${name}`);
  await writeFile(path, content);
  return path;
}

const TIMEOUT = 180_000 + CASES * 30;
const ASCII = [...Buffer.from('{}[]",:0123456789-.eE\\untrFBI_')];

beforeAll(() => {
  peakBefore = peak();
});

describe("model.safetensors", () => {
  const sources = new Map(
    ["llama", "gpt2", "qwen2"].map((name) => {
      const file = readFileSync(golden("architectures", name, "model.safetensors"));
      const length = Number(file.readBigUInt64LE());
      return [name, { header: file.subarray(8, 8 + length), data: file.subarray(8 + length) }];
    }),
  );
  // Names, not contents: a counterexample is printed whole.
  const source = fc.constantFrom(...sources.keys());
  const contentOf = (name: string) => sources.get(name) as { header: Buffer; data: Buffer };

  const readCase = async (bytes: Uint8Array) => {
    const path = await writeCase(bytes, "model.safetensors");
    await expectReadOrRefused(path, bytes.length, () => readSafetensors(path));
  };

  test("with a damaged header opens or is refused", { timeout: TIMEOUT }, async () => {
    const property = fc.asyncProperty(source, byteEdits(ASCII), fc.boolean(), async (which, edits, measured) => {
      const { header, data } = contentOf(which);
      const damaged = edited(header, edits);
      // With its own length, or with the length the header had before.
      const bytes = withHeader(damaged, data);
      if (!measured) bytes.writeBigUInt64LE(BigInt(header.length));
      await readCase(bytes);
    });
    await check(0.15, property);
  });

  test("with another header opens or is refused", { timeout: TIMEOUT }, async () => {
    const property = fc.asyncProperty(source, jsonEdits, async (which, edits) => {
      const { header, data } = contentOf(which);
      const json = JSON.parse(header.toString()) as Record<string, unknown>;
      await readCase(withHeader(Buffer.from(JSON.stringify(editedJson(json, edits))), data));
    });
    await check(0.1, property);
  });
});

describe("pytorch_model.bin", () => {
  /** Opcodes, those that are refused included, and what their arguments are made of. */
  const OPCODES = [...Buffer.from("().012FIJKLMNPQRSTUVX]abcdeghijlopqrstu}BC\n"), ...Array.from({ length: 0x99 - 0x80 }, (_, i) => 0x80 + i)]; // prettier-ignore
  const ZIPS = [
    ...["zip.bin", "zip-protocol4.bin", "zip-protocol5.bin", "training.bin", "strided.bin"].map((name) =>
      golden("torch-bin", name),
    ),
    ...["llama", "gpt2", "falcon-new"].map((name) => golden("architectures", name, "pytorch_model.bin")),
  ];
  const archives: { bytes: Buffer; files: ZipFile[] }[] = [];
  const hostile = new Map(
    Object.entries(JSON.parse(readFileSync(golden("torch-bin", "hostile.json"), "utf8")) as Record<string, string>).map(
      ([name, hex]) => [name, Buffer.from(hex, "hex")],
    ),
  );

  beforeAll(async () => {
    for (const path of ZIPS) {
      const bytes = await readFile(path);
      await using handle = await open(path, "r");
      const entries = await readZipDirectory(handle, bytes.length);
      const files = [...entries].map(([name, { offset, length }]) => ({
        name,
        data: bytes.subarray(offset, offset + length),
      }));
      archives.push({ bytes, files });
    }
  });

  const readCase = async (bytes: Uint8Array) => {
    const path = await writeCase(bytes, "pytorch_model.bin");
    await expectReadOrRefused(path, bytes.length, () => readTorchBin(path));
  };

  test("with a damaged pickle opens or is refused", { timeout: TIMEOUT }, async () => {
    const property = fc.asyncProperty(fc.nat(), byteEdits(OPCODES), async (which, edits) => {
      const { files } = archives[which % archives.length] as (typeof archives)[number];
      const damaged = files.map((file) =>
        file.name.endsWith("data.pkl") ? { ...file, data: edited(file.data, edits) } : file,
      );
      await readCase(encodeZip(damaged));
    });
    await check(0.25, property);
  });

  test("with a damaged hostile pickle runs nothing and opens or is refused", { timeout: TIMEOUT }, async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...hostile.keys()),
      byteEdits(OPCODES),
      fc.boolean(),
      async (which, edits, zip) => {
        const pickle = edited(hostile.get(which) ?? Buffer.alloc(0), edits);
        await readCase(zip ? encodeZip([{ name: "model/data.pkl", data: pickle }]) : pickle);
      },
    );
    await check(0.05, property);
  });

  test("of the older form opens or is refused", { timeout: TIMEOUT }, async () => {
    const names = fc.constantFrom("legacy.bin", "legacy-protocol5.bin", "training-legacy.bin");
    const property = fc.asyncProperty(names, byteEdits(OPCODES), async (which, edits) => {
      await readCase(edited(readFileSync(golden("torch-bin", which)), edits));
    });
    await check(0.1, property);
  });

  test("with a damaged directory opens or is refused", { timeout: TIMEOUT }, async () => {
    const property = fc.asyncProperty(
      fc.nat(),
      byteEdits([0x50, 0x4b, 1, 2, 3, 4, 5, 6, 7]),
      fc.boolean(),
      async (which, edits, zip64) => {
        const { files } = archives[which % archives.length] as (typeof archives)[number];
        const bytes = encodeZip(files, { zip64 });
        const start = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
        await readCase(Buffer.concat([bytes.subarray(0, start), edited(bytes.subarray(start), edits)]));
      },
    );
    await check(0.1, property);
  });

  test("that is damaged anywhere opens or is refused", { timeout: TIMEOUT }, async () => {
    const property = fc.asyncProperty(fc.nat(), byteEdits([0x50, 0x4b, 1, 2, 3, 4]), async (which, edits) => {
      const { bytes } = archives[which % archives.length] as (typeof archives)[number];
      await readCase(edited(bytes, edits));
    });
    await check(0.05, property);
  });
});

describe("config.json", () => {
  const folders = new Map<string, { folder: string; size: number; configs: Record<string, unknown>[] }>();

  beforeAll(async () => {
    for (const name of ARCHITECTURES) {
      const own = join(folder, name);
      await mkdir(own);
      await copyFile(golden("architectures", name, "model.safetensors"), join(own, "model.safetensors"));
      await writeFile(join(own, "tokenizer.json"), JSON.stringify(trainByteLevelBpe([], 0, ["<s>"])));
      const configs = ["config.json", "config.old.json"].map(
        (file) => JSON.parse(readFileSync(golden("architectures", name, file), "utf8")) as Record<string, unknown>,
      );
      folders.set(name, { folder: own, size: readFileSync(join(own, "model.safetensors")).length, configs });
    }
  });

  const openCase = async (name: string, content: (configs: Record<string, unknown>[]) => Uint8Array | string) => {
    const {
      folder: own,
      size,
      configs,
    } = folders.get(name) as { folder: string; size: number; configs: Record<string, unknown>[] };
    await writeFile(join(own, "config.json"), content(configs));
    await expectReadOrRefused(own, size, async () => {
      const checkpoint = await openCheckpoint(own);
      return checkpoint.kind === "weights" ? checkpoint.tensors.values() : [];
    });
  };
  const name = fc.constantFrom(...ARCHITECTURES);

  test("with other values and keys opens or is refused", { timeout: TIMEOUT }, async () => {
    const property = fc.asyncProperty(name, fc.nat(1), jsonEdits, async (which, spelling, edits) => {
      await openCase(which, (configs) => JSON.stringify(editedJson(configs[spelling] ?? {}, edits)));
    });
    await check(0.16, property);
  });

  test("with damaged text opens or is refused", { timeout: TIMEOUT }, async () => {
    const property = fc.asyncProperty(name, byteEdits(ASCII), async (which, edits) => {
      await openCase(which, (configs) => edited(Buffer.from(JSON.stringify(configs[0])), edits));
    });
    await check(0.04, property);
  });
});

test("the process has not grown beyond its allowance, and the cases met both ends", () => {
  expect(totals.cases).toBeGreaterThanOrEqual(CASES);
  expect(totals.read).toBeGreaterThan(CASES / 50);
  expect(totals.refused).toBeGreaterThan(CASES / 4);
  expect(peak() - peakBefore).toBeLessThan(MAX_GROWTH);
});

afterAll(() => {
  if (process.env["FUZZ_CASES"] === undefined) return;
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const often = [...messages].sort((a, b) => b[1] - a[1]).map(([message, times]) => `${times} x ${message}`);
  console.log(
    [
      `${totals.cases} cases from seed ${SEED}: ${totals.read} read, ${totals.refused} refused`,
      `slowest ${totals.slowest.toFixed(0)} ms; most buffers beyond a file's size ${megabytes(totals.largest)}; ` +
        `peak of the process grew by ${megabytes(peak() - peakBefore)}`,
      `${often.length} kinds of refusals:`,
      ...often.slice(0, 40),
    ].join("\n"),
  );
});
