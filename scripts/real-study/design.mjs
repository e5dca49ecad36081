// Holds what the scripts of the study share.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Names half of the default design's wordings, six in each presentation, that tuning over many prompts sees. */
export const SEEN = {
  sciq_mcq: {
    second: "choices=letter",
    first: ["default", "american-spelling", "checklist", "exam-item", "initials", "terse-arrow"],
    other: ["instruct", "code-script", "email-request", "polite-request", "role-expert", "worksheet"],
  },
  paws: {
    second: "labels=true-false",
    first: ["default", "checklist", "initials", "json-record", "question-first", "role-linguist"],
    other: ["instruct", "british-spelling", "code-console", "exam-item", "markdown-headings", "xml-tags"],
  },
};

/** Runs the program, and ends where it fails. */
export function amuro(...words) {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const { status } = spawnSync(process.execPath, [main, ...words, "--plain"], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
