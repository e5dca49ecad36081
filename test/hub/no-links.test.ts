import { lstat, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { downloadFile, listFiles, type Repo } from "../../src/hub/index.js";
import { startHub } from "../support/hub-server.js";

vi.mock("node:fs/promises", async (original) => ({
  ...(await original<typeof import("node:fs/promises")>()),
  symlink: () => Promise.reject(Object.assign(new Error("EPERM: symlink"), { code: "EPERM", syscall: "symlink" })),
}));

test("where links are not allowed, a snapshot holds a copy", async () => {
  const commit = "a".repeat(40);
  const hub = await startHub([{ type: "model", id: "org/tiny", commit, branches: [], files: { "a/b.txt": "text" } }]);
  const cacheDir = await mkdtemp(join(tmpdir(), "hub-no-links-"));
  const settings = { endpoint: hub.endpoint, cacheDir, token: undefined, offline: false, retryDelayMs: 1 };
  const repo: Repo = { type: "model", id: "org/tiny" };
  for (const file of await listFiles(settings, repo, commit)) {
    const path = await downloadFile(settings, repo, commit, file);
    expect((await lstat(path)).isFile()).toBe(true);
    expect(await readFile(path, "utf8")).toBe("text");
  }
  await hub.close();
});
