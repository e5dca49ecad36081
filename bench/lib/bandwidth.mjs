// The speed at which this machine reads memory: threads that sum an array larger than its caches, in WebAssembly with
// vectors, since JavaScript's own loops do not reach it.
import { Buffer } from "node:buffer";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { clock } from "./clock.mjs";

/** Bytes each thread reads at a time. */
const BYTES = 256 * 2 ** 20;

/*
 * (module (import "e" "m" (memory 1 65536 shared)) (func (export "sum") (param $at i32) (param $end i32) (result i32)
 * ...)) four vectors a round are added up from $at to $end. Encoded by hand, so that no compiler is needed.
 */
const CODE = (() => {
  const uleb = (value) => {
    const bytes = [];
    do {
      bytes.push((value & 127) | (value > 127 ? 128 : 0));
      value >>>= 7;
    } while (value > 0);
    return bytes;
  };
  const section = (number, bytes) => [number, ...uleb(bytes.length), ...bytes];
  const text = (word) => [word.length, ...Buffer.from(word)];
  const load = (offset) => [0x20, 0, 0xfd, 0x00, 4, ...uleb(offset)];
  const addI32x4 = [0xfd, ...uleb(0xae)];
  const round = [0, 16, 32, 48].flatMap((offset) => [0x20, 2, ...load(offset), ...addI32x4, 0x21, 2]);
  const body = [
    1, 1, 0x7b, // one local: a vector
    0x03, 0x40, // loop
    ...round,
    0x20, 0, 0x41, ...[0xc0, 0x00], 0x6a, 0x22, 0, // at += 64
    0x20, 1, 0x49, 0x0d, 0, // again while at < end
    0x0b,
    0x20, 2, 0xfd, 0x1b, 0, // lane 0
    0x0b,
  ]; // prettier-ignore
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]),
    ...section(2, [1, ...text("e"), ...text("m"), 2, 3, 1, ...uleb(65536)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("sum"), 0, 0]),
    ...section(10, [1, ...uleb(body.length), ...body]),
  ]);
})();

const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const { code, memory, from, to, gate } = workerData;
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { e: { m: memory } });
exports.sum(from, to);
Atomics.add(gate, 1, 1);
Atomics.notify(gate, 1);
for (let round = 0; ; ) {
  Atomics.wait(gate, 0, round);
  round = Atomics.load(gate, 0);
  if (round < 0) break;
  exports.sum(from, to);
  Atomics.add(gate, 1, 1);
  Atomics.notify(gate, 1);
}
`;

/** @returns a function that measures once more, in GB/s, blocking; its threads end with the process */
export async function readingSpeed(threads) {
  const memory = new globalThis.WebAssembly.Memory({
    initial: (threads * BYTES) / 65536,
    maximum: 65536,
    shared: true,
  });
  new Uint8Array(memory.buffer).fill(1);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  for (let i = 0; i < threads; i++) {
    const workerData = { code: CODE, memory, from: i * BYTES, to: (i + 1) * BYTES, gate };
    new Worker(THREAD, { eval: true, workerData }).unref();
  }
  const wait = (count) => {
    for (let now; (now = Atomics.load(gate, 1)) < count;) Atomics.wait(gate, 1, now, 1000);
  };
  await setTimeout(500);
  wait(threads);
  return () => {
    Atomics.store(gate, 1, 0);
    const started = clock();
    Atomics.add(gate, 0, 1);
    Atomics.notify(gate, 0);
    wait(threads);
    return (threads * BYTES) / (clock() - started) / 1e6;
  };
}
