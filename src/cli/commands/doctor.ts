/** Runs `amuro-eval doctor`: what a run would find on this machine, and what is wrong with it. */

import { UserError } from "../../base/errors.js";
import { counted, wrapped } from "../../base/wording.js";
import { lineWidth } from "../../reports/terminal/terminal-table.js";
import { hubFindings } from "../doctor/hub.js";
import { diskFinding, machineFindings } from "../doctor/machine.js";
import { serverFindings } from "../doctor/servers.js";
import type { Finding } from "../doctor/finding.js";
import type { Console } from "../output/console.js";

/** @throws UserError when something would stop a run; everything is printed before */
export async function doctorCommand(folder: string, json: boolean, console: Console): Promise<void> {
  const findings = [
    ...(await machineFindings()),
    ...(await hubFindings(process.env)),
    diskFinding("results", folder, "give --output-dir a folder on a larger disk that you can write to"),
    ...serverFindings(process.env),
  ];
  const stopping = findings.filter(({ stops }) => stops === true);
  console.out(json ? JSON.stringify({ ok: stopping.length === 0, findings }, null, 2) : textOf(findings, console.width));
  if (stopping.length > 0)
    throw new UserError(`${counted(stopping.length, "thing")} would stop a run: ${stopping.map(({ name }) => name).join(", ")}`);
} // prettier-ignore

/** @param columns of the terminal; what is longer goes on below itself */
function textOf(findings: readonly Finding[], columns: number): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const room = Math.max(20, lineWidth(columns) - width - 2);
  const lines = findings.flatMap(({ name, found, problem, stops }) => {
    const told = problem === undefined ? [] : wrapped(`${stops === true ? "wrong" : "note"}: ${problem}`, room);
    return [...wrapped(found, room), ...told].map((line, i) => `${(i === 0 ? name : "").padEnd(width)}  ${line}`);
  });
  return lines.join("\n");
}
