/** Shows how far a training is: a bar with loss and time left on a terminal, a line now and then elsewhere. */

import { SingleBar } from "cli-progress";
import type { SftEvents, SftPlan, SftStep } from "../../sft/index.js";
import { counted } from "../../base/wording.js";
import type { Console } from "./console.js";
import { timeLeft } from "./progress.js";
import { lossFigure } from "../../base/numbers.js";

/** Sets the milliseconds between lines, and the share of the steps after which there is one anyway. */
const LINE_EVERY = 10_000;
const LINE_SHARE = 0.1;
/** Sets the weight of the newest step in the running mean of the loss. */
const NEWEST = 0.1;

export function showTraining(console: Console): SftEvents & { readonly stop: () => void } {
  let plan: SftPlan | undefined;
  let bar: SingleBar | undefined;
  let [first, tokens, shown, shownStep] = [performance.now(), 0, performance.now(), 0];
  let smoothed: number | undefined;
  const rate = () => Math.round(tokens / ((performance.now() - first) / 1000)).toLocaleString("en");
  const left = ({ step }: SftStep, { steps, done }: SftPlan) =>
    ((performance.now() - first) / 1000 / (step - done)) * (steps - step);
  const note = (line: string) => {
    // The bar stands on the line; it is drawn again below.
    if (bar !== undefined) process.stderr.write("\r\u001b[2K");
    console.info(line);
  };
  return {
    onNote: note,
    onStart: (started) => {
      plan = started;
      const { steps, done, rows, heldOut, tokens: all, parameters } = started;
      note(
        `${counted(rows, "row")}, ${counted(all, "token")}, ${counted(heldOut, "row")} held out; ` +
          `${parameters.toLocaleString("en")} parameters; ${counted(steps, "step")}${done > 0 ? `, going on after step ${done}` : ""}`,
      );
      [first, shown, shownStep] = [performance.now(), performance.now(), done];
      if (!console.interactive) return;
      bar = new SingleBar({
        format:
          "{percentage}% | {left} left | step {value}/{total} | loss {loss}, running mean {mean} | {rate} tokens/s",
        stream: process.stderr,
        hideCursor: true,
        clearOnComplete: true,
      });
      bar.start(steps, done, { loss: "–", mean: "–", rate: "–", left: "–" });
    },
    onStep: (step) => {
      if (plan === undefined) return;
      tokens += step.tokens;
      smoothed = smoothed === undefined ? step.loss : smoothed + NEWEST * (step.loss - smoothed);
      const [loss, mean, eta] = [lossFigure(step.loss), lossFigure(smoothed), timeLeft(left(step, plan))];
      if (bar !== undefined) {
        bar.update(step.step, { loss, mean, rate: rate(), left: eta });
        return;
      }
      const due = performance.now() - shown > LINE_EVERY || step.step - shownStep >= plan.steps * LINE_SHARE;
      if (!due && step.step < plan.steps) return;
      [shown, shownStep] = [performance.now(), step.step];
      note(`step ${step.step}/${plan.steps}: loss ${loss} (running mean ${mean}), ${rate()} tokens/s, ${eta} left`);
    },
    onEvaluation: (step, loss) => {
      note(`after step ${step}: loss ${lossFigure(loss)} on held-out rows`);
    },
    stop: () => {
      bar?.stop();
    },
  };
}
