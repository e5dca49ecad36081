/**
 * Reads the pickles that PyTorch writes for a state dict. Nothing is executed: only the opcodes and the globals that a
 * state dict needs are known, and everything else is refused by name.
 * Opcodes: Python's pickletools; what torch.save writes: torch/serialization.py.
 */

/** Describes a tensor's storage, named by PyTorch's persistent id. */
interface StorageReference {
  readonly kind: "storage";
  /** Class name, e.g. "HalfStorage". */
  readonly type: string;
  readonly key: string;
  /** Number of elements. */
  readonly elements: number;
}

/** Describes a view of a storage. Offset, shape and strides are in elements. */
export interface TensorReference {
  readonly kind: "tensor";
  readonly storage: StorageReference;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

interface GlobalReference {
  readonly kind: "global";
  readonly name: string;
}

/** Lists what a pickle may hold. Dictionaries are maps; tuples and lists are arrays. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | StorageReference
  | TensorReference
  | GlobalReference;

/** Says that the pickle is damaged or asks for something a state dict does not need. */
export class PickleError extends Error {}

/** Says that the pickle names a function or class that a state dict does not need. */
export class RefusedGlobalError extends PickleError {}

/**
 * Limits the steps of a pickle: fifty thousand tensors take about 50 opcodes and 9 containers each; what is beyond that
 * is not a state dict, and one byte of a pickle can ask for two hundred bytes of memory.
 */
const MAX_STEPS = 3_000_000;
const MAX_CONTAINERS = 500_000;
/**
 * Limits the dimensions to more than any tensor has; a shared list of sizes could otherwise be gone through once for
 * every tensor.
 */
const MAX_DIMENSIONS = 64;
const HIGHEST_PROTOCOL = 5;

const MARK = Symbol("mark");
type StackItem = PickleValue | typeof MARK;

const STORAGE = /^torch\.(?:storage\.)?(\w+Storage)$/;
const CALLABLES = new Set([
  "collections.OrderedDict",
  "torch._utils._rebuild_tensor_v2",
  "torch._utils._rebuild_parameter",
  "torch.Size",
]);

/** Names of opcodes that are refused, for the message. */
const REFUSED: Record<number, string> = {
  0x30: "POP", 0x31: "POP_MARK", 0x32: "DUP", 0x42: "BINBYTES", 0x43: "SHORT_BINBYTES", 0x46: "FLOAT", 0x49: "INT",
  0x4c: "LONG", 0x50: "PERSID", 0x53: "STRING", 0x54: "BINSTRING", 0x55: "SHORT_BINSTRING", 0x56: "UNICODE", 0x64: "DICT",
  0x67: "GET", 0x69: "INST", 0x6c: "LIST", 0x6f: "OBJ", 0x70: "PUT", 0x81: "NEWOBJ", 0x82: "EXT1", 0x83: "EXT2",
  0x84: "EXT4", 0x8b: "LONG4", 0x8d: "BINUNICODE8", 0x8e: "BINBYTES8", 0x8f: "EMPTY_SET", 0x90: "ADDITEMS",
  0x91: "FROZENSET", 0x92: "NEWOBJ_EX", 0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER",
}; // prettier-ignore

/**
 * Reads one pickle.
 * @param bytes at least the pickle; what follows its STOP is not looked at
 * @param start where the pickle begins
 * @returns its value and where it ends
 * @throws PickleError
 */
export function readPickle(bytes: Uint8Array, start = 0): { value: PickleValue; end: number } {
  return new PickleReader(bytes, start).read();
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

class PickleReader {
  private readonly view: DataView;
  private readonly stack: StackItem[] = [];
  private readonly memo = new Map<number, PickleValue>();
  private at: number;
  private steps = 0;
  private containers = 0;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  read(): { value: PickleValue; end: number } {
    try {
      for (;;) {
        const opcode = this.view.getUint8(this.at++);
        this.spend(1);
        if (opcode === 0x2e) return { value: this.pop(), end: this.at };
        this.step(opcode);
      }
    } catch (error) {
      if (error instanceof RangeError) throw new PickleError("its pickle is cut; download the file again");
      throw error;
    }
  }

  private step(opcode: number): void {
    switch (opcode) {
      case 0x80: {
        // PROTO
        const protocol = this.view.getUint8(this.skip(1));
        if (protocol > HIGHEST_PROTOCOL) throw new PickleError(`pickle protocol ${protocol} is not known`);
        return;
      }
      case 0x95: // FRAME
        this.at += 8;
        return;
      case 0x28: // MARK
        this.stack.push(MARK);
        return;
      case 0x4e: // NONE
        this.stack.push(null);
        return;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        this.stack.push(opcode === 0x88);
        return;
      case 0x4b: // BININT1
        this.stack.push(this.view.getUint8(this.skip(1)));
        return;
      case 0x4d: // BININT2
        this.stack.push(this.view.getUint16(this.skip(2), true));
        return;
      case 0x4a: // BININT
        this.stack.push(this.view.getInt32(this.skip(4), true));
        return;
      case 0x8a: // LONG1
        this.stack.push(this.long(this.view.getUint8(this.skip(1))));
        return;
      case 0x47: // BINFLOAT
        this.stack.push(this.view.getFloat64(this.skip(8), false));
        return;
      case 0x58: // BINUNICODE
        this.stack.push(this.text(this.view.getUint32(this.skip(4), true)));
        return;
      case 0x8c: // SHORT_BINUNICODE
        this.stack.push(this.text(this.view.getUint8(this.skip(1))));
        return;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        this.stack.push(this.container([]));
        return;
      case 0x7d: // EMPTY_DICT
        this.stack.push(this.container(new Map()));
        return;
      case 0x74: // TUPLE
        this.stack.push(this.container(this.popToMark()));
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.stack.push(this.container(this.popMany(opcode - 0x84)));
        return;
      case 0x61: // APPEND
      case 0x65: {
        // APPENDS
        const items = opcode === 0x61 ? [this.pop()] : this.popToMark();
        const list = this.top();
        if (!Array.isArray(list)) throw new PickleError("APPENDS without a list in its pickle");
        for (const item of items) list.push(item);
        return;
      }
      case 0x73: // SETITEM
      case 0x75: {
        // SETITEMS
        const items = opcode === 0x73 ? this.popMany(2) : this.popToMark();
        const dictionary = this.top();
        if (!(dictionary instanceof Map) || items.length % 2 !== 0)
          throw new PickleError("SETITEMS without a dictionary in its pickle");
        for (let i = 0; i < items.length; i += 2) dictionary.set(items[i] as PickleValue, items[i + 1] as PickleValue);
        return;
      }
      case 0x71: // BINPUT
        this.memo.set(this.view.getUint8(this.skip(1)), this.top());
        return;
      case 0x72: // LONG_BINPUT
        this.memo.set(this.view.getUint32(this.skip(4), true), this.top());
        return;
      case 0x94: // MEMOIZE
        this.memo.set(this.memo.size, this.top());
        return;
      case 0x68: // BINGET
        this.stack.push(this.remembered(this.view.getUint8(this.skip(1))));
        return;
      case 0x6a: // LONG_BINGET
        this.stack.push(this.remembered(this.view.getUint32(this.skip(4), true)));
        return;
      case 0x63: // GLOBAL
        this.stack.push(global(`${this.line()}.${this.line()}`));
        return;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.popMany(2);
        if (typeof module !== "string" || typeof name !== "string")
          throw new PickleError("STACK_GLOBAL without names in its pickle");
        this.stack.push(global(`${module}.${name}`));
        return;
      }
      case 0x51: // BINPERSID
        this.stack.push(storage(this.pop()));
        return;
      case 0x52: {
        // REDUCE
        const [callable, args] = this.popMany(2);
        // A call may go through its whole first argument, and a pickle can hand over the same one again and again.
        if (Array.isArray(args) && Array.isArray(args[0])) this.spend(args[0].length);
        this.stack.push(this.container(call(callable as PickleValue, args as PickleValue)));
        return;
      }
      case 0x62: {
        // BUILD: an OrderedDict's own attributes (_metadata) say nothing about its tensors.
        this.pop();
        if (!(this.top() instanceof Map))
          throw new PickleError("BUILD of something that is not a dictionary in its pickle");
        return;
      }
      default:
        throw new PickleError(
          `opcode ${REFUSED[opcode] ?? `0x${opcode.toString(16).padStart(2, "0")}`} of its pickle, which weights do not need, is refused; nothing was executed`,
        );
    }
  }

  /** Counts work, so that a small pickle cannot ask for much of it. */
  private spend(steps: number): void {
    this.steps += steps;
    if (this.steps > MAX_STEPS)
      throw new PickleError(`its pickle takes over ${MAX_STEPS} steps; a state dict's is far shorter`);
  }

  private container<T extends PickleValue>(value: T): T {
    if (++this.containers > MAX_CONTAINERS)
      throw new PickleError(
        `its pickle makes over ${MAX_CONTAINERS} lists and dictionaries; a state dict's makes far fewer`,
      );
    return value;
  }

  private skip(count: number): number {
    const from = this.at;
    this.at += count;
    return from;
  }

  private text(length: number): string {
    const from = this.skip(length);
    if (this.at > this.bytes.length) throw new RangeError();
    return decoded(this.bytes.subarray(from, this.at));
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new RangeError();
    if (end - this.at > 200) throw new PickleError("a name in its pickle is too long");
    const text = decoded(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  /** Reads a little-endian two's-complement integer; a number where it is a safe one. */
  private long(length: number): number | bigint {
    const from = this.skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.view.getUint8(from + i));
    const signed = length === 0 ? 0n : BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  private pop(): PickleValue {
    const item = this.stack.pop();
    if (item === undefined || item === MARK)
      throw new PickleError("its pickle takes a value where there is none; the file is damaged");
    return item;
  }

  private popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  private popToMark(): PickleValue[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw new PickleError("its pickle has no mark; the file is damaged");
    return this.stack.splice(mark).slice(1) as PickleValue[];
  }

  private top(): PickleValue {
    const item = this.stack.at(-1);
    if (item === undefined || item === MARK)
      throw new PickleError("its pickle takes a value where there is none; the file is damaged");
    return item;
  }

  private remembered(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) throw new PickleError(`its pickle remembers nothing under ${index}; the file is damaged`);
    return value;
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new PickleError("a text in its pickle is not UTF-8; the file is damaged");
  }
}

function global(name: string): GlobalReference {
  if (!CALLABLES.has(name) && !STORAGE.test(name)) {
    throw new RefusedGlobalError(`it refers to ${name}, which weights do not need; refused, nothing was executed`);
  }
  return { kind: "global", name };
}

/** Reads a storage: ('storage', class, key, location, number of elements[, view]) */
function storage(id: PickleValue): StorageReference {
  const [tag, type, key, , elements, view] = Array.isArray(id) ? id : [];
  const name = isGlobal(type) ? STORAGE.exec(type.name)?.[1] : undefined;
  if (tag !== "storage" || name === undefined || typeof key !== "string" || !isSize(elements)) {
    throw new PickleError("a persistent id in its pickle is not a storage; the file is damaged");
  }
  // A part of another storage would have to be added to the tensor's own offset; PyTorch stopped writing these in 0.4.
  if (view !== undefined && view !== null)
    throw new PickleError(`storage ${key} is a view of another one; save it again`);
  return { kind: "storage", type: name, key, elements };
}

function call(callable: PickleValue, args: PickleValue): PickleValue {
  if (!isGlobal(callable) || !Array.isArray(args))
    throw new PickleError("REDUCE of something that is not a known function in its pickle");
  switch (callable.name) {
    case "collections.OrderedDict":
      return orderedDict(args);
    case "torch._utils._rebuild_tensor_v2":
      return tensor(args);
    case "torch._utils._rebuild_parameter":
      return args[0] ?? null;
    case "torch.Size":
      return args[0] ?? [];
    default:
      throw new PickleError(`a call of ${callable.name} is refused`);
  }
}

function orderedDict([pairs]: PickleValue[]): PickleValue {
  const entries = Array.isArray(pairs) ? pairs : [];
  return new Map(entries.map((pair) => (Array.isArray(pair) ? [pair[0] ?? null, pair[1] ?? null] : [null, null])));
}

function tensor([from, offset, shape, strides, , , metadata]: PickleValue[]): TensorReference {
  const isSizes = (value: PickleValue | undefined): value is number[] =>
    Array.isArray(value) && value.length <= MAX_DIMENSIONS && value.every(isSize);
  if (
    !isStorage(from) ||
    !isSize(offset) ||
    !isSizes(shape) ||
    !isSizes(strides) ||
    shape.length !== strides.length ||
    // Metadata says that the values are stored negated or conjugated.
    (metadata instanceof Map && metadata.size > 0)
  ) {
    throw new PickleError("a tensor in its pickle is described in a way that is not known");
  }
  return { kind: "tensor", storage: from, offset, shape, strides };
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isGlobal(value: PickleValue | undefined): value is GlobalReference {
  return kindOf(value) === "global";
}

function isStorage(value: PickleValue | undefined): value is StorageReference {
  return kindOf(value) === "storage";
}

/** Tells whether a value is a tensor of a state dict. */
export function isTensor(value: PickleValue | undefined): value is TensorReference {
  return kindOf(value) === "tensor";
}

function kindOf(value: PickleValue | undefined): string | undefined {
  const isReference = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map);
  return isReference ? value.kind : undefined;
}
