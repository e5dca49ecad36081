import { createHash } from "node:crypto";
import nodePath from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Buffer as Bytes } from "../../src/web/node/buffer.js";
import { createHash as hashOf } from "../../src/web/node/crypto.js";
import { putFile } from "../../src/web/node/files.js";
import { existsSync, readdirSync, readFileSync, stat } from "../../src/web/node/fs.js";
import * as path from "../../src/web/node/path.js";
import { gzipSync } from "../../src/web/node/zlib.js";

const paths = fc
  .stringMatching(/^\/?(\.{0,2}|[a-c]{1,2}(\.[a-c]{0,2})?)(\/(\.{1,2}|[a-c]{1,2}(\.[a-c]{0,2})?)){0,4}\/?$/)
  .filter((path) => !path.startsWith("//"));

describe("what stands for modules of Node in a browser", () => {
  test("SHA-256 is that of Node, for every length of text around a block", () => {
    for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000]) {
      const text = "é".repeat(length);
      expect(hashOf("sha256").update("a").update(text).digest("hex")).toBe(createHash("sha256").update(`a${text}`).digest("hex")); // prettier-ignore
    }
    expect(hashOf("sha256").update("x").digest("base64")).toBe(createHash("sha256").update("x").digest("base64"));
  });

  test("paths are those of POSIX", () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        const node = nodePath.posix;
        expect(path.join(a, b)).toBe(node.join(a, b));
        expect(path.dirname(a)).toBe(node.dirname(a));
        expect(path.basename(a)).toBe(node.basename(a));
        const plain = a.replace(/\/+$/, "");
        expect(path.basename(plain, ".a")).toBe(node.basename(plain, ".a"));
        expect(path.extname(a)).toBe(node.extname(a));
        expect(path.resolve("/", a, b)).toBe(node.resolve("/", a, b));
        expect(path.relative(`/${a}`, `/${b}`)).toBe(node.relative(`/${a}`, `/${b}`));
      }),
    );
  });

  test("gzip of stored blocks is what Node unpacks, over several blocks", () => {
    for (const text of ["", "a", "ü".repeat(70_000)]) {
      const packed = gzipSync(text);
      expect(gunzipSync(Buffer.from(packed.toString("base64"), "base64")).toString()).toBe(text);
    }
  });

  test("bytes are compared, searched and written as Buffer's are", () => {
    const bytes = Bytes.from("naïve\n");
    expect(bytes.toString("hex")).toBe(Buffer.from("naïve\n").toString("hex"));
    expect(bytes.subarray(0, 2).toString()).toBe("na");
    expect(bytes.equals(Bytes.from("naïve\n"))).toBe(true);
    expect(bytes.equals(Bytes.from("naive\n"))).toBe(false);
    expect(Bytes.from("bmHDr3ZlCg==", "base64").toString()).toBe("naïve\n");
  });

  test("files that were put are found, others are missing as Node says it", async () => {
    putFile("/data/rows/a.csv", "x");
    putFile("/data/b.csv", "y");
    expect(readdirSync("/data")).toEqual(["b.csv", "rows"]);
    expect((await stat("/data/rows")).isDirectory()).toBe(true);
    expect(existsSync("/data/rows/a.csv")).toBe(true);
    expect(existsSync("/data/row")).toBe(false);
    expect(readFileSync("/data/b.csv", "utf8")).toBe("y");
    expect(() => readFileSync("/data/c.csv")).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });
});
