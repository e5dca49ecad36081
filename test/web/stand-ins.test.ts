import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createHash as hashOf } from "../../src/web/node/crypto.js";
import { putFile } from "../../src/web/node/files.js";
import { existsSync, readdirSync, readFileSync, stat } from "../../src/web/node/fs.js";
import { gunzipSync as unpacked, gzipSync } from "../../src/web/node/zlib.js";

describe("what stands for modules of Node in a browser", () => {
  test("SHA-256 is that of Node, for every length of text around a block", () => {
    for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000]) {
      const text = "é".repeat(length);
      expect(hashOf("sha256").update("a").update(text).digest("hex")).toBe(createHash("sha256").update(`a${text}`).digest("hex")); // prettier-ignore
    }
    expect(hashOf("sha256").update("x").digest("base64")).toBe(createHash("sha256").update("x").digest("base64"));
  });

  test("gzip is what Node unpacks, and is unpacked", () => {
    for (const text of ["", "a", "ü".repeat(70_000)]) {
      const packed = gzipSync(text, { level: 9 });
      expect(packed.length).toBeLessThan(1000);
      expect(gunzipSync(Buffer.from(packed.toString("base64"), "base64")).toString()).toBe(text);
      expect(unpacked(packed).toString()).toBe(text);
    }
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
