import { SingleBar } from "cli-progress";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { timeLeft } from "../../../src/cli/output/progress.js";

describe("time left", () => {
  test.each([
    [0, "0s"], [9, "9s"], [59, "59s"], [60, "1m00s"], [125, "2m05s"], [3599, "59m59s"], [3600, "1h00m"], [93784, "26h03m"],
  ])("%d seconds are written in words", (seconds, text) => {
    expect(timeLeft(seconds)).toBe(text);
  }); // prettier-ignore

  test("is not told before there is an estimate", () => {
    const written: string[] = [];
    const stream = new Writable({
      write: (chunk: Buffer, _, done) => {
        written.push(chunk.toString());
        done();
      },
    });
    const bar = new SingleBar({
      format: "{eta_formatted} left",
      stream,
      formatTime: timeLeft,
      noTTYOutput: true,
    });
    bar.start(10, 0);
    bar.update(0);
    bar.stop();
    expect(written.join("")).toContain("– left");
    expect(written.join("")).not.toMatch(/INF|NULL|NaN/);
  });
});
