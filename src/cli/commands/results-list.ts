/** Runs `amuro-eval results ls` and `show`. */

import Table from "cli-table3";
import { renderResults } from "../../reports/terminal/terminal.js";
import { openStore, openStudyData } from "../../store/open-study-data.js";
import { listRuns, runHeader } from "../../store/runs.js";
import { counted } from "../../base/wording.js";
import { shown } from "../../reports/terminal/terminal-table.js";
import type { Console } from "../output/console.js";

/** Holds a run, as --json prints it. */
interface ListedRun {
  readonly folder: string;
  readonly run: number;
  readonly status: string;
  /** UTC. */
  readonly started: string;
  readonly shard: string | null;
  readonly checkpoints: readonly string[];
  readonly tasks: readonly string[];
  readonly prompts: number;
  readonly finished: number;
  readonly failed: number;
}

export async function listCommand(folders: readonly string[], json: boolean, console: Console): Promise<void> {
  const listed: ListedRun[] = [];
  for (const path of folders) {
    const { folder, database } = await openStore(path);
    try {
      for (const run of await listRuns(database)) {
        const { checkpoints, tasks } = await runHeader(database, run);
        listed.push({
          folder,
          run: run.id,
          status: run.status === "running" ? "not ended" : run.status,
          started: run.started.toISOString(),
          shard: run.shard ?? null,
          checkpoints: checkpoints.map(({ name }) => name),
          tasks: tasks.map(({ name }) => name),
          prompts: Math.max(0, ...tasks.map(({ prompts }) => prompts.length)),
          finished: run.finished,
          failed: run.failed,
        });
      }
    } finally {
      await database.close();
    }
  }
  if (json) {
    console.out(JSON.stringify(listed, null, 2));
    return;
  }
  const head = ["folder", "run", "status", "started", "shard", "checkpoints", "tasks", "cells", "failed"];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const one of listed) {
    table.push([
      one.folder,
      one.run,
      one.status,
      one.started.slice(0, 19).replace("T", " "),
      one.shard ?? "",
      few(one.checkpoints),
      few(one.tasks),
      one.finished,
      one.failed,
    ]);
  }
  console.out(shown(table, console.width));
}

function few(names: readonly string[]): string {
  const shown = names.slice(0, 2).map(printable).join(", ");
  return names.length <= 2 ? shown : `${shown} and ${counted(names.length - 2, "other")}`;
}

/** Names may come from others' files: no control characters on a terminal. */
function printable(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}]/gu, "\u{fffd}");
  return plain.length > 40 ? `${plain.slice(0, 39)}…` : plain;
}

export async function showCommand(
  folder: string,
  run: number | undefined,
  json: boolean,
  console: Console,
): Promise<void> {
  const data = await openStudyData(folder, run);
  try {
    console.out(json ? JSON.stringify(data.results, null, 2) : renderResults(data.results, console.width));
    const { status, cells } = data.results;
    console.info(`${status}, ${counted(cells.length, "cell")}; results in ${data.source}`);
  } finally {
    await data.close();
  }
}
