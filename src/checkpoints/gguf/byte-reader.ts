/** Reads little-endian numbers and strings one after the other from the beginning of a file. */

import { utf8Text } from "../../base/utf8.js";

/** Says that the file is not what the format says. */
export class GgufError extends Error {}

/** Says that more bytes are needed than were given. */
export class CutError extends Error {}

export class ByteReader {
  at = 0;
  private readonly view: DataView;

  /**
   * @param bytes the beginning of the file
   * @param size bytes of the whole file: nothing may claim more
   */
  constructor(
    private readonly bytes: Buffer,
    private readonly size: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Moves on and returns where it was. */
  private take(length: number): number {
    if (this.at + length > this.bytes.length) throw new CutError();
    this.at += length;
    return this.at - length;
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** Reads an unsigned 64-bit number, which JavaScript may hold only approximately. */
  uint64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  /** Reads a dimension or an offset. @throws GgufError when no file of this size has such a one */
  dimension(): number {
    const value = this.uint64();
    if (value > 8 * this.size)
      throw new GgufError(`it claims a size of ${value}, beyond its ${this.size} bytes; it is damaged`);
    return value;
  }

  /** Reads how many entries follow. @param least bytes that each of them takes at least */
  count(least: number): number {
    const value = this.uint64();
    if (value * least > this.size)
      throw new GgufError(`it claims ${value} entries, more than its ${this.size} bytes hold; it is damaged`);
    return value;
  }

  /** Reads what letters of ASCII mark a format. */
  mark(length: number): string {
    const from = this.take(length);
    return this.bytes.toString("latin1", from, from + length);
  }

  /** @throws GgufError where it is no UTF-8, as a token would become another one */
  string(): string {
    const length = this.count(1);
    const from = this.take(length);
    const bytes = this.bytes.subarray(from, from + length);
    const text = utf8Text(bytes);
    if (text === undefined) throw new GgufError(`a text in it is not UTF-8: ${JSON.stringify(bytes.toString("latin1").slice(0, 40))} in Latin-1; convert the model again`); // prettier-ignore
    return text;
  }

  /** Reads a number by a method of DataView. */
  number(length: number, read: (view: DataView, at: number) => number): number {
    return read(this.view, this.take(length));
  }
}
