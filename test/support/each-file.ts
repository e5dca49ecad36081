/**
 * Ends each test file as a process of its own would: files share processes, and what one leaves behind the next would
 * find.
 */

import { afterAll, vi } from "vitest";
import { removeTempFolders } from "./temp-folder.js";

afterAll(() => {
  removeTempFolders();
  vi.unstubAllEnvs();
});
