/** Reads the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/). */

export class ProtobufError extends Error {}

export interface Field {
  readonly number: number;
  /** Of a varint, its value. */
  readonly value: number;
  /** Of any other field, its bytes. */
  readonly bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array();

/** Returns the fields of a message, in their order. @throws ProtobufError when the bytes are no message */
export function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let [result, scale] = [0, 1];
    for (let i = 0; i < 10; i++) {
      const byte = message[at++];
      if (byte === undefined) throw new ProtobufError("it is cut");
      result += (byte & 127) * scale;
      if (byte < 128) return result;
      scale *= 128;
    }
    throw new ProtobufError("a number of it has no end");
  };
  while (at < message.length) {
    const tag = varint();
    const [number, kind] = [Math.floor(tag / 8), tag % 8];
    if (number === 0) throw new ProtobufError("a field has no number");
    if (kind === 0) {
      fields.push({ number, value: varint(), bytes: NO_BYTES });
      continue;
    }
    const length = kind === 2 ? varint() : { 1: 8, 5: 4 }[kind];
    if (length === undefined || at + length > message.length)
      throw new ProtobufError("it is cut, or of another format");
    fields.push({ number, value: 0, bytes: message.subarray(at, at + length) });
    at += length;
  }
  return fields;
}
