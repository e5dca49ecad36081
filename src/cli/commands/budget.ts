/** Runs `amuro-eval run --budget N`: the ends and the quantiles of the prompts' scores from a part of the grid. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import { openWorkerEngine } from "../../engine/open.js";
import { messageOf, UserError } from "../../base/errors.js";
import { makeFolders } from "../../base/folders.js";
import { answererOf, engineGroups, fetchGroup } from "../../study/groups.js";
import { openGroup } from "../../study/open-group.js";
import { type BudgetResult, scoreWithin } from "../../study/budget.js";
import type { Plan } from "../../study/plan.js";
import { counted } from "../../base/wording.js";
import { shown } from "../../reports/terminal/terminal-table.js";
import type { Console } from "../output/console.js";
import { percent, score } from "../../base/numbers.js";

const SCHEMA = "amuro-eval/budget@1";

/**
 * @param budget requests for each checkpoint and task
 * @param folder budget.json is written there, anew after each checkpoint and task
 */
export async function budgetCommand(
  plan: Plan,
  budget: number,
  folder: string,
  json: boolean,
  console: Console,
): Promise<void> {
  const results: BudgetResult[] = [];
  const path = join(folder, "budget.json");
  const store = () => {
    try {
      writeFileSync(path, `${JSON.stringify({ schema: SCHEMA, budget, results }, null, 2)}\n`);
    } catch (error) {
      throw new UserError(`cannot write ${path}: ${messageOf(error)}; choose another --output-dir`);
    }
  };
  await makeFolders(folder).catch((error: unknown) => {
    throw new UserError(`cannot make ${folder}: ${messageOf(error)}; choose another --output-dir`);
  });
  store();
  for (const group of engineGroups(plan)) {
    await fetchGroup(group, console.info);
    await openGroup(group, plan.options);
    const engine = await openWorkerEngine(group.engine);
    try {
      for (const checkpoint of group.checkpoints) {
        for (const task of plan.tasks) {
          const { name } = checkpoint.given;
          console.info(`${name} on ${task.rows.task.name}`);
          const answerer = answererOf(engine, checkpoint);
          results.push(await scoreWithin(budget, answerer, name, task, plan.options));
          store();
        }
      }
    } finally {
      await engine.close();
    }
  }
  console.out(json ? JSON.stringify({ schema: SCHEMA, budget, results }, null, 2) : render(results, console.width));
  console.info(`results in ${path}`);
}

const NOTES = [
  "mean and quantiles: estimates for all rows (PromptEval), without an interval; in studies of known truth they were off by",
  "0.02 to 0.06 from a quarter of the grid on, more below (docs/budget-tables.md); 5 % and 95 % need five rows a prompt",
  "worst and best: scores on the rows that were scored under each; not told apart where these may be chance",
];

function render(results: readonly BudgetResult[], width: number): string {
  const table = new Table({
    head: ["checkpoint", "task", "requests", "mean", "5 % – 50 % – 95 % of prompts", "worst prompt", "best prompt"],
    style: { head: [], border: [] },
  });
  for (const { checkpoint, task, requests, prompts, rows, mean, quantiles, worst, best, told_apart } of results) {
    const share = percent(requests / (prompts * rows));
    const end = (one: BudgetResult["best"]) =>
      told_apart ? `${one.prompt} ${score(one.mean)} (${counted(one.rows, "row")})` : "not told apart";
    table.push([
      checkpoint,
      task,
      `${requests} (${share})`,
      score(mean),
      [quantiles.p5, quantiles.p50, quantiles.p95].map((value) => score(value)).join(" – "),
      end(worst),
      end(best),
    ]);
  }
  return [shown(table, width), ...NOTES].join("\n");
}
