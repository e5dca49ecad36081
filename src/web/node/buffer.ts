/** Stands for `node:buffer` in the page's worker: bytes with the few conversions that are used there. */

export class Buffer extends Uint8Array {
  static override from(data: unknown, encoding?: unknown): Buffer {
    if (typeof data !== "string") return new Buffer(data as ArrayLike<number>);
    if (encoding === "base64") return new Buffer(Array.from(atob(data), (one) => one.charCodeAt(0)));
    return new Buffer(new TextEncoder().encode(data));
  }

  static byteLength(text: string): number {
    return new TextEncoder().encode(text).length;
  }

  static isBuffer(value: unknown): boolean {
    return value instanceof Buffer;
  }

  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((byte, i) => byte === other[i]);
  }

  override toString(encoding = "utf8"): string {
    switch (encoding) {
      case "hex":
        return Array.from(this, (byte) => byte.toString(16).padStart(2, "0")).join("");
      case "base64":
        return btoa(this.toString("latin1"));
      case "latin1": {
        let text = "";
        for (let i = 0; i < this.length; i += 8192) text += String.fromCharCode(...this.subarray(i, i + 8192));
        return text;
      }
      default:
        return new TextDecoder().decode(this);
    }
  }
}
