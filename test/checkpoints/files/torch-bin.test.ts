/**
 * pytorch_model.bin: what torch.save wrote is read as torch.load reads it (test/golden/torch-bin/make.py), and what
 * asks for more than weights, or is broken, is refused in one line.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { readFloats } from "../../../src/checkpoints/files/tensor-values.js";
import type { TensorLocation } from "../../../src/checkpoints/files/tensors.js";
import { sameBytes } from "../../../src/checkpoints/files/tied-copies.js";
import { readTorchBin } from "../../../src/checkpoints/files/torch-bin.js";
import { tempFolder } from "../../support/temp-folder.js";
import { tinyConfig, tinyTensors, writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";
import {
  encodeTorchBin, encodeZip, Pickle, torchBinFiles, zip64Extra, type ZipEnd, type ZipFile,
} from "../../support/torch-bin-writer.js"; // prettier-ignore
import { expectUserError, failureOf } from "../../support/user-error.js";

const GOLDEN = join(import.meta.dirname, "../../golden/torch-bin");
const root = tempFolder();
let count = 0;

async function fileOf(content: Uint8Array | string): Promise<string> {
  const path = join(root, `${count++}.bin`);
  await writeFile(path, content);
  return path;
}

async function refusalOf(content: Uint8Array | string, ...named: readonly (string | RegExp)[]): Promise<void> {
  const path = await fileOf(content);
  expectUserError(await failureOf(() => readTorchBin(path)), path, ...named);
}

const FOUR = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const W = [{ name: "w", dtype: "F32", shape: [2, 2], bytes: FOUR }];

/** Returns an archive whose state dict is made by hand; its storages 0 and 1 hold four floats. */
const archiveOf = (pickle: Pickle | Uint8Array, more: readonly ZipFile[] = [], end: ZipEnd = {}) =>
  encodeZip(
    [
      { name: "model/data.pkl", data: pickle instanceof Pickle ? pickle.bytes() : pickle },
      { name: "model/data/0", data: FOUR },
      { name: "model/data/1", data: FOUR },
      ...more,
    ],
    end,
  );

/** Returns a state dict of one tensor. */
const dictOf = (make: (pickle: Pickle) => Pickle) => make(new Pickle().proto().raw(0x7d).text("w")).raw(0x73).stop();

/** Returns what hostile code would have to be given back by the reader. */
const start = (protocol = 2) => new Pickle().proto(protocol);

describe("files that torch.save wrote", () => {
  interface Golden {
    readonly files: Record<string, Record<string, { dtype: string; shape: number[]; hex: string }>>;
    readonly strided: Record<string, { dtype: string; shape: number[]; sha256: string }>;
    readonly views: Record<string, Record<string, { dtype: string; shape: number[]; values: number[] }>>;
  }
  const golden = JSON.parse(readFileSync(join(GOLDEN, "golden.json"), "utf8")) as Golden;

  test.each(Object.keys(golden.files))("%s", async (name) => {
    const path = join(GOLDEN, name);
    const content = readFileSync(path);
    const read = (await readTorchBin(path)).map(({ name, dtype, shape, file, offset, length }) => {
      expect(file).toBe(path);
      return [name, { dtype, shape, hex: content.subarray(offset, offset + length).toString("hex") }] as const;
    });
    expect(Object.fromEntries(read)).toEqual(golden.files[name]);
    expect(read).toHaveLength(10);
  });

  test.each(Object.keys(golden.views))("%s, whose numbers lie in another order", async (name) => {
    const tensors = await readTorchBin(join(GOLDEN, name));
    const read = tensors.map(async (tensor) => {
      const { dtype, shape } = tensor;
      return [tensor.name, { dtype, shape, values: [...(await readFloats(tensor))] }] as const;
    });
    expect(Object.fromEntries(await Promise.all(read))).toEqual(golden.views[name]);
    expect(tensors.filter(({ view }) => view !== undefined).map((tensor) => tensor.name)).toEqual(
      expect.arrayContaining(["w", "columns", "rows", "permuted", "half", "conv"]),
    );
  });

  test("views of any strides and offsets, some over a stride of 0, some overlapping", async () => {
    const tensors = await readTorchBin(join(GOLDEN, "strided.bin"));
    const read = tensors.map(async (tensor) => {
      const { name, dtype, shape } = tensor;
      const values = await readFloats(tensor);
      const sha256 = createHash("sha256").update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return [name, { dtype, shape, sha256: sha256.digest("hex").slice(0, 16) }] as const;
    });
    expect(Object.fromEntries(await Promise.all(read))).toEqual(golden.strided);
    expect(tensors.filter(({ view }) => view?.strides.includes(0)).length).toBeGreaterThan(10);
    expect(tensors.filter(({ view }) => view !== undefined).length).toBeGreaterThan(60);
  });

  test("a square matrix and the same one turned are not taken for copies", async () => {
    const [w] = (await readTorchBin(join(GOLDEN, "transposed.bin"))) as [TensorLocation];
    const square = { ...w, shape: [3, 3], view: { sizes: [3, 3], strides: [1, 3] } };
    expect(await sameBytes(square, square)).toBe(true);
    expect(await sameBytes(square, { ...square, view: { sizes: [3, 3], strides: [3, 1] } })).toBe(false);
  });

  test.each(["zip.bin", "legacy.bin"])("tied tensors and views of %s share their bytes", async (name) => {
    const tensors = new Map((await readTorchBin(join(GOLDEN, name))).map((tensor) => [tensor.name, tensor]));
    expect(tensors.get("head.weight")).toEqual({ ...tensors.get("embed.weight"), name: "head.weight" });
    const [first, last] = [tensors.get("rows.first"), tensors.get("rows.last")];
    expect(last?.offset).toBe((first?.offset ?? NaN) + 6 * 4);
  });

  test.each([
    [
      "training.bin",
      /holds dictionaries \(model, optimizer\), as a training checkpoint does.*state_dict\(\) by itself/,
    ],
    ["training-legacy.bin", /holds dictionaries \(model, optimizer\)/],
    ["expanded.bin", /tensor w repeats the numbers of its storage \(12 from 4\); save it with \.contiguous\(\)/],
    ["whole-model.bin", /refers to torch\.nn\.modules\.linear\.Linear, which weights do not need; refused/],
    ["negated.bin", /described in a way that is not known/],
    ["list.bin", /does not hold a state dict/],
  ])("%s is refused", async (name, message) => {
    const path = join(GOLDEN, name);
    expectUserError(await failureOf(() => readTorchBin(path)), path, message);
  });

  test.each(["zip.bin", "legacy.bin"])("%s, cut anywhere", async (name) => {
    const whole = readFileSync(join(GOLDEN, name));
    // Every byte would take as many files; seven meets every alignment.
    for (let size = 0; size < whole.length; size += 7) await refusalOf(whole.subarray(0, size));
  });
});

describe("pickles that ask for code", () => {
  const hostile = JSON.parse(readFileSync(join(GOLDEN, "hostile.json"), "utf8")) as Record<string, string>;

  /** Where Python has a function; older protocols name the modules of Python 2. */
  const MODULES = {
    "os.system": "(?:posix|nt)\\.system",
    "builtins.eval": "(?:builtins|__builtin__)\\.eval",
    "builtins.exec": "(?:builtins|__builtin__)\\.exec",
    "builtins.getattr": "(?:builtins|__builtin__)\\.getattr",
    "subprocess.Popen": "(?:subprocess|commands)\\.Popen",
  };

  test.each(Object.entries(hostile))("%s", async (name, hex) => {
    const pickle = Buffer.from(hex, "hex");
    // Inside an archive, as a file by itself, and where an older torch.save has its first pickle.
    await refusalOf(archiveOf(pickle), /refused; nothing was executed|refused, nothing was executed/);
    await refusalOf(pickle);
    const wanted = Object.entries(MODULES).find(([function_]) => name.startsWith(`${function_} alone`));
    if (wanted !== undefined) await refusalOf(pickle, new RegExp(`refers to ${wanted[1]},`));
  });

  const cases: [string, Pickle, RegExp][] = [
    ["GLOBAL of os.system, called", start().global("os", "system").tuple((p) => p.text("true")).reduce().stop(), /refers to os\.system/],
    ["STACK_GLOBAL of os.system", start(4).text("os").text("system").raw(0x93).stop(), /refers to os\.system/],
    ["STACK_GLOBAL of what are no names", start(4).int(1).int(2).raw(0x93).stop(), /STACK_GLOBAL without names/],
    ["GLOBAL that is never called", start().global("builtins", "eval").stop(), /refers to builtins\.eval/],
    ["GLOBAL whose name holds a terminal's codes", start().global("os", "\x1b[2Jsystem").stop(), /refers to os\.\\u001b\[2Jsystem/],
    ["a name that only ends like a storage", start().global("evil", "torch.FloatStorage").stop(), /refers to evil\.torch/],
    ["a storage of another module", start().global("torch.hub.x", "FloatStorage").stop(), /refers to torch\.hub\.x\.FloatStorage/],
    ["INST", start().mark().raw(0x69).stop(), /opcode INST .*is refused; nothing was executed/],
    ["OBJ", start().mark().global("collections", "OrderedDict").raw(0x6f).stop(), /opcode OBJ /],
    ["NEWOBJ", start().global("collections", "OrderedDict").raw(0x29, 0x81).stop(), /opcode NEWOBJ /],
    ["NEWOBJ_EX", start(4).global("torch", "Size").raw(0x29, 0x7d, 0x92).stop(), /opcode NEWOBJ_EX /],
    ["EXT1", start().raw(0x82, 1).stop(), /opcode EXT1 /],
    ["PERSID", start().raw(0x50, 0x30, 0x0a).stop(), /opcode PERSID /],
    ["an opcode that is none", start().raw(0xff).stop(), /opcode 0xff /],
    ["a call of a text", start().text("system").raw(0x29).reduce().stop(), /REDUCE of something that is not a known function/],
    ["a call of a storage class", start().global("torch", "FloatStorage").raw(0x29).reduce().stop(), /call of torch\.FloatStorage is refused/],
    ["BUILD of a list", start().raw(0x5d, 0x7d, 0x62).stop(), /BUILD of something/],
    ["a protocol from the future", start(6).raw(0x7d).stop(), /pickle protocol 6 is not known/],
  ]; // prettier-ignore
  test.each(cases)("%s", async (_, pickle, message) => {
    await refusalOf(archiveOf(pickle), message);
  });
});

describe("pickles that are broken", () => {
  const w = dictOf((p) => p.tensor({ shape: [2, 2] })).bytes();
  const raw = (...bytes: number[]) => new Pickle().raw(...bytes);
  const cases: [string, Pickle | Uint8Array, RegExp][] = [
    ["empty", new Uint8Array(0), /its pickle is cut/],
    ["cut in the middle", w.subarray(0, w.length / 2), /its pickle is cut/],
    ["without STOP", w.subarray(0, -1), /its pickle is cut/],
    ["with a text of 4 GB", start().text("w", 0xffffffff).stop(), /its pickle is cut/],
    ["with a text of 2^60 bytes", raw(0x8d, 0, 0, 0, 0, 0, 0, 0, 0x10), /opcode BINUNICODE8 /],
    ["with bytes of 2^60", raw(0x8e, 0, 0, 0, 0, 0, 0, 0, 0x10), /opcode BINBYTES8 /],
    ["with a number of 2 GB", raw(0x8b, 0xff, 0xff, 0xff, 0x7f), /opcode LONG4 /],
    ["with a number of 255 bytes that are not there", raw(0x8a, 0xff), /its pickle is cut/],
    ["with a frame of 2^60 bytes", raw(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0x10), /its pickle is cut/],
    ["with a name that never ends", Buffer.alloc(1000, 0x63), /its pickle is cut/],
    ["with a name of 300 letters", start().global("x".repeat(300), "y").stop(), /name in its pickle is too long/],
    ["with a text that is not UTF-8", raw(0x8c, 1, 0xff, 0x2e), /not UTF-8/],
    ["that takes from an empty stack", raw(0x52, 0x2e), /takes a value where there is none/],
    ["that takes a mark for a value", raw(0x28, 0x85, 0x2e), /takes a value where there is none/],
    ["that makes a tuple without a mark", raw(0x74, 0x2e), /has no mark/],
    ["that remembers what it never stored", raw(0x68, 7, 0x2e), /remembers nothing under 7/],
    ["that appends to a dictionary", raw(0x7d, 0x4b, 1, 0x61, 0x2e), /APPENDS without a list/],
    ["that sets items of a list", raw(0x5d, 0x4b, 1, 0x4b, 1, 0x73, 0x2e), /SETITEMS without a dictionary/],
    ["of a number", raw(0x4b, 1, 0x2e), /does not hold a state dict/],
    ["of an empty dictionary", raw(0x7d, 0x2e), /holds no tensors/],
    ["with a storage that is missing", dictOf((p) => p.tensor({ key: "7", shape: [2, 2] })), /storage 7 of tensor w is missing/],
    ["with a tensor beyond its storage", dictOf((p) => p.tensor({ shape: [2, 3], elements: 6 })), /tensor w needs bytes 0 to 24 of a storage of 16/],
    ["with a tensor beyond what its storage claims", dictOf((p) => p.tensor({ shape: [2, 2], elements: 3 })), /bytes 0 to 16 of a storage of 12/],
    ["with an offset beyond the storage", dictOf((p) => p.tensor({ shape: [2], offset: 3, elements: 4 })), /bytes 12 to 20 of a storage of 16/],
    ["with a shape of 2^53 elements", dictOf((p) => p.tensor({ shape: [2 ** 30, 2 ** 30], elements: 4 })), /tensor w needs bytes/],
    ["with a negative size", dictOf((p) => p.tensor({ shape: [-2], elements: 4 })), /described in a way/],
    ["with a hundred dimensions", dictOf((p) => p.tensor({ shape: Array<number>(100).fill(1) })), /described in a way/],
    ["with as many strides as it likes", dictOf((p) => p.tensor({ shape: [2, 2], strides: [2, 1, 1] })), /described in a way/],
    ["with one row for all", dictOf((p) => p.tensor({ shape: [2, 2], strides: [0, 1], elements: 2 })), /tensor w repeats the numbers/],
    ["with 2^60 elements of one number", dictOf((p) => p.tensor({ shape: [2 ** 30, 2 ** 30], strides: [0, 0], elements: 4 })), /tensor w repeats the numbers/],
    ["with rows beyond its storage", dictOf((p) => p.tensor({ shape: [2, 2], strides: [1, 3] })), /tensor w needs bytes 0 to 20 of a storage of 16/],
    ["with a stride of 2^53", dictOf((p) => p.tensor({ shape: [2, 2], strides: [2 ** 53 - 1, 1], elements: 4 })), /tensor w needs bytes|described in a way/],
    ["with a negative stride", dictOf((p) => p.tensor({ shape: [2, 2], strides: [-2, 1], elements: 4 })), /described in a way/],
    ["with a storage type nobody knows", dictOf((p) => p.tensor({ type: "QInt8Storage", shape: [2] })), /stored as QInt8Storage; known: FloatStorage/],
    ["with a type named like a property of every object", dictOf((p) => p.tensor({ type: "constructorStorage", shape: [2] })), /stored as constructorStorage/],
    ["with a fraction for an offset", dictOf((p) =>
      p.global("torch._utils", "_rebuild_tensor_v2").tuple((t) => t.storage("FloatStorage", "0", 4).raw(0x47, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0).tuple((s) => s.int(2)).tuple((s) => s.int(1))).reduce()), /described in a way/],
    ["with NaN for an offset", dictOf((p) =>
      p.global("torch._utils", "_rebuild_tensor_v2").tuple((t) => t.storage("FloatStorage", "0", 4).raw(0x47, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0).tuple((s) => s.int(2)).tuple((s) => s.int(1))).reduce()), /described in a way/],
    ["with a view of another storage", dictOf((p) =>
      p.global("torch._utils", "_rebuild_tensor_v2").tuple((t) => t.tuple((id) => id.text("storage").global("torch", "FloatStorage").text("0").text("cpu").int(4).tuple((v) => v.text("1").int(2).int(2))).raw(0x51)).reduce()), /storage 0 is a view of another one/],
    ["with a persistent id of something else", start().tuple((p) => p.text("file")).raw(0x51).stop(), /persistent id in its pickle is not a storage/],
  ]; // prettier-ignore
  test.each(cases)("%s", async (_, pickle, message) => {
    await refusalOf(archiveOf(pickle), message);
  });

  test("a name with line ends and terminal codes is shown, not obeyed", async () => {
    const pickle = start()
      .raw(0x7d)
      .text("a\nb\x1b[31m\u2028")
      .tensor({ shape: [9] })
      .raw(0x73)
      .stop();
    await refusalOf(archiveOf(pickle), "a\\u000ab\\u001b[31m\\u2028");
  });

  test("the same tensor, whole, is read", async () => {
    const path = await fileOf(archiveOf(w));
    expect(await readTorchBin(path)).toMatchObject([{ name: "w", dtype: "F32", shape: [2, 2], length: 16 }]);
  });
});

describe("pickles that ask for work or memory", () => {
  const MILLION = 1_000_000;
  /** MARK, then a list of two hundred thousand items, remembered under 0. */
  const longList = () => start().raw(0x5d, 0x71, 0).mark().repeated(0x4e, 200_000).raw(0x65); // prettier-ignore
  const cases: [string, () => Uint8Array, RegExp][] = [
    ["dictionaries by the million", () => Buffer.alloc(3 * MILLION, 0x7d), /over 500000 lists and dictionaries/],
    ["lists in lists", () => Buffer.concat([Buffer.alloc(MILLION / 4, 0x5d), Buffer.alloc(MILLION / 4 - 1, 0x61), Buffer.of(0x2e)]), /does not hold a state dict/],
    ["tuples in tuples", () => Buffer.concat([Buffer.of(0x29), Buffer.alloc(2 * MILLION, 0x85)]), /over 500000 lists/],
    ["marks by the million", () => Buffer.alloc(6 * MILLION, 0x28), /over 3000000 steps/],
    ["everything remembered", () => Buffer.concat([Buffer.of(0x4e), Buffer.alloc(6 * MILLION, 0x94)]), /over 3000000 steps/],
    ["one list made into many dictionaries", () => {
      const p = longList().global("collections", "OrderedDict").raw(0x71, 1, 0x68, 0, 0x85, 0x71, 2);
      for (let i = 0; i < 10_000; i++) p.raw(0x68, 1, 0x68, 2, 0x52);
      return p.stop().bytes();
    }, /over 3000000 steps/],
    ["one list as the shape of many tensors", () => {
      const p = longList().global("torch._utils", "_rebuild_tensor_v2").raw(0x71, 1).storage("FloatStorage", "0", 4).raw(0x71, 3);
      for (let i = 0; i < 10_000; i++) p.raw(0x68, 1, 0x28, 0x68, 3, 0x4b, 0, 0x68, 0, 0x68, 0, 0x74, 0x52);
      return p.stop().bytes();
    }, /described in a way/],
  ]; // prettier-ignore
  test.each(cases)("%s", async (_, make, message) => {
    const path = await fileOf(archiveOf(make()));
    // Processor time, since other tests run at the same time.
    const before = process.cpuUsage();
    expectUserError(await failureOf(() => readTorchBin(path)), path, message);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(20_000);
  });

  test("a list that holds itself a million times is nothing but that", async () => {
    const p = start().raw(0x5d, 0x71, 0);
    for (let i = 0; i < 100_000; i++) p.raw(0x68, 0, 0x61);
    await refusalOf(archiveOf(p.stop()), /does not hold a state dict/);
  });

  test("a data.pkl larger than any state dict's is not read", async () => {
    await refusalOf(archiveOf(Buffer.alloc(33 * 1024 * 1024)), /data\.pkl has 34603008 bytes/);
  });
});

describe("archives", () => {
  const files = torchBinFiles(W);
  const content = files.find(({ name }) => name === "model/data/0") as ZipFile;
  const withContent = (change: Partial<ZipFile>, end: ZipEnd = {}) =>
    encodeZip(
      files.map((file) => (file === content ? { ...file, ...change } : file)),
      end,
    );
  const whole = encodeZip(files);
  const pickle = files[0] as ZipFile;

  test("are read, with a ZIP64 directory and fields or without", async () => {
    const expected = (await readTorchBin(await fileOf(whole))).map(({ file, ...rest }) => ({
      ...rest,
      file: typeof file,
    }));
    for (const archive of [
      encodeZip(files, { zip64: true }),
      withContent({ central: { stored: 0xffffffff, original: 0xffffffff, extra: zip64Extra(16n, 16n) } }),
    ]) {
      const read = await readTorchBin(await fileOf(archive));
      expect(read.map(({ file, ...rest }) => ({ ...rest, file: typeof file }))).toEqual(expected);
    }
  });

  const cases: [string, Uint8Array, RegExp][] = [
    ["cut", whole.subarray(0, whole.length - 30), /it has no directory; the file is cut/],
    ["cut to its signature", whole.subarray(0, 4), /it has no directory/],
    ["with something after the end", Buffer.concat([whole, Buffer.alloc(9)]), /its directory is not at its end/],
    ["with a compressed file", withContent({ central: { method: 8 } }), /model\/data\/0 in it is compressed/],
    ["with a bomb: 16 bytes that claim 4 GB", withContent({ central: { original: 0xfffffffe } }), /model\/data\/0 in it is compressed/],
    ["with an encrypted file", withContent({ central: { flags: 1 } }), /model\/data\/0 in it is encrypted/],
    ["with a file that ends outside", withContent({ central: { stored: 5000, original: 5000 } }), /ends outside its place/],
    ["with a file that begins outside", withContent({ central: { header: 5000 } }), /lies outside its place/],
    ["with a file over the next", withContent({ central: { stored: 40, original: 40 } }), /model\/version in it overlaps|ends outside/],
    ["with two names for one file", withContent({ central: { header: 0 } }), /overlaps the file before it/],
    ["with a file without a header", withContent({ central: { header: 7 } }), /has no header|another name|overlaps/],
    ["with a file of another name in its header", withContent({ local: { name: "model/data/9" } }), /another name in its own header/],
    ["with a name twice", encodeZip([...files, content]), /it holds model\/data\/0 twice/],
    ["with two data.pkl", encodeZip([...files, { ...pickle, name: "other/data.pkl" }]), /more than one data\.pkl \(model\/data\.pkl, other\/data\.pkl\)/],
    ["without data.pkl", encodeZip(files.slice(1)), /holds no data\.pkl; torch\.save did not write it/],
    ["with a name that leads out", encodeZip([...files, { name: "model/../../x", data: FOUR }]), /"model\/\.\.\/\.\.\/x" in it leads out/],
    ["with a name from the root", encodeZip([...files, { name: "/etc/x", data: FOUR }]), /leads out/],
    ["with a name of Windows", encodeZip([...files, { name: "..\\x", data: FOUR }]), /leads out/],
    ["with a line end in a name", encodeZip([...files, { name: "model/a\nb", data: FOUR }]), /"model\/a\\u000ab" in it/],
    ["that counts more files than it names", encodeZip(files, { count: 9 }), /names 4 files where it says 9/],
    ["whose directory begins elsewhere", encodeZip(files, { offset: 3 }), /its directory is damaged/],
    ["whose directory lies outside", encodeZip(files, { offset: 0x7fffffff }), /does not fit into the file/],
    ["whose directory has 3 GB", encodeZip(files, { length: 0xc0000000 }), /does not fit into the file/],
    ["whose ZIP64 directory lies at 2^62", encodeZip(files, { zip64: true, offset: 2 ** 62 }), /a size beyond all measure/],
    ["whose ZIP64 directory lies outside", encodeZip(files, { zip64: true, offset: 2 ** 40 }), /does not fit into the file/],
    ["that says ZIP64 and has none", encodeZip(files, { offset: 0xffffffff }), /ZIP64 directory is missing/],
    ["with a ZIP64 size of 2^60", withContent({ central: { stored: 0xffffffff, original: 0xffffffff, extra: zip64Extra(2n ** 60n, 2n ** 60n) } }), /a size beyond all measure/],
    ["with a ZIP64 size of 2^40", withContent({ central: { stored: 0xffffffff, original: 0xffffffff, extra: zip64Extra(2n ** 40n, 2n ** 40n) } }), /ends outside its place/],
    ["with a ZIP64 size that is cut", withContent({ central: { stored: 0xffffffff, original: 0xffffffff, extra: zip64Extra(16n) } }), /ZIP64 field of it is cut/],
    ["of a big-endian machine", encodeZip(files.map((file) => (file.name.endsWith("byteorder") ? { ...file, data: Buffer.from("big") } : file))), /not little-endian/],
  ]; // prettier-ignore
  test.each(cases)("%s", async (_, archive, message) => {
    await refusalOf(archive, message);
  });
});

describe("the form before PyTorch 1.6", () => {
  const legacy = readFileSync(join(GOLDEN, "legacy.bin"));
  const replaced = (from: Buffer, to: Buffer) => {
    const at = legacy.indexOf(from);
    expect(at).toBeGreaterThan(0);
    return Buffer.concat([legacy.subarray(0, at), to, legacy.subarray(at + from.length)]);
  };

  test("of a big-endian machine is refused", async () => {
    const key = Buffer.from("little_endian");
    const from = legacy.subarray(legacy.indexOf(key), legacy.indexOf(key) + 16);
    const to = Buffer.from(from);
    to[to.indexOf(0x88)] = 0x89;
    await refusalOf(replaced(from, to), /not little-endian/);
  });

  test.each([-1n, 1n, 2n ** 62n, -(2n ** 63n)])("with a storage of %d elements is refused", async (elements) => {
    const bytes = Buffer.from(legacy);
    // The last storage is that of six rows of floats or another one: whatever it is, its count is wrong now.
    const { offset } = (await readTorchBin(join(GOLDEN, "legacy.bin"))).find(({ name }) => name === "embed.weight") ?? {
      offset: 0,
    };
    bytes.writeBigInt64LE(elements, offset - 8);
    await refusalOf(bytes, /storage \d+ has another size than its tensors say/);
  });
});

describe("what is no weights at all", () => {
  const cases: [string, string, RegExp][] = [
    ["an empty file", "", /neither a ZIP archive nor .*it is empty/],
    ["a text", "hello, this is not a model", /neither a ZIP archive nor a file of an older torch\.save/],
    ["JSON", '{"error": "Repository not found"}', /neither a ZIP archive/],
    ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", /a Git LFS pointer, not the file it points to; run "git lfs pull"/],
    ["a web page", "<!DOCTYPE html>\n<html><body>Not found</body></html>", /a web page, not the file itself/],
    ["a web page without a doctype", " \n<HTML>", /a web page/],
  ]; // prettier-ignore
  test.each(cases)("%s", async (_, content, message) => {
    await refusalOf(content, message);
  });

  test("a folder, and a link to nothing", async () => {
    const folder = join(root, "folder.bin");
    await mkdir(folder);
    expectUserError(await failureOf(() => readTorchBin(folder)), folder, /EISDIR/);
    const link = join(root, "link.bin");
    await symlink(join(root, "gone"), link);
    expectUserError(await failureOf(() => readTorchBin(link)), link, /ENOENT/);
  });
});

test("shards that both hold a tensor", async () => {
  const folder = await writeTinyCheckpoint(join(root, "shards"), { shards: 2 });
  const tensors = tinyTensors(tinyConfig());
  const [a, b] = ["pytorch_model-1.bin", "pytorch_model-2.bin"];
  const bare = join(root, "bare");
  await mkdir(bare);
  for (const name of ["config.json", "tokenizer.json"])
    await writeFile(join(bare, name), readFileSync(join(folder, name)));
  await writeFile(join(bare, a), encodeTorchBin(tensors.slice(0, 6)));
  await writeFile(join(bare, b), encodeTorchBin(tensors.slice(5)));
  const map = Object.fromEntries(tensors.map(({ name }, i) => [name, i < 6 ? a : b]));
  await writeFile(join(bare, "pytorch_model.bin.index.json"), JSON.stringify({ weight_map: map }));
  expect(await failureOf(() => openCheckpoint(bare))).toBeUndefined();
  const [first, ...others] = tensors.slice(5);
  if (first === undefined) throw new Error("too few tensors");
  const other = { ...first, bytes: first.bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) };
  await writeFile(join(bare, b), encodeTorchBin([other, ...others]));
  const message = `tensor ${first.name} is in ${b} and, with other values, in another shard`;
  expectUserError(await failureOf(() => openCheckpoint(bare)), bare, message);
  await writeFile(join(bare, b), encodeTorchBin(tensors.slice(6)));
  expect(await failureOf(() => openCheckpoint(bare))).toBeUndefined();
});
