/** How far the fine-tunings of a study are: a bar on a terminal, a line now and then elsewhere. */

import { SingleBar } from "cli-progress";
import type { TrainingEvents } from "../study/train-missing.js";
import type { Console } from "./console.js";
import { timeLeft } from "./progress.js";

/** Seconds between two lines where there is no terminal. */
const QUIET_SECONDS = 10;

export function showTraining(console: Console): TrainingEvents {
  let display: SingleBar | undefined;
  let started = 0;
  return {
    onTraining: ({ name }, done, total) => {
      const title = `[${done + 1}/${total}] SFT ${name}`;
      let steps = 0;
      let told = performance.now();
      return {
        onNote: console.info,
        onStart: (plan) => {
          steps = plan.steps;
          started = performance.now();
          if (!console.interactive) {
            const taken = plan.done > 0 ? `, ${plan.done} of them done before` : "";
            console.info(`${title}: ${plan.rows} rows, ${steps} steps${taken}`);
            return;
          }
          display = new SingleBar({
            format: `{bar} ${title} | step {value}/{total} | loss {loss} | {eta_formatted} left`,
            stream: process.stderr,
            hideCursor: true,
            clearOnComplete: true,
            formatTime: timeLeft,
          });
          display.start(steps, plan.done, { loss: "–" });
        },
        onStep: ({ step, loss }) => {
          display?.update(step, { loss: loss.toFixed(3) });
          if (console.interactive || performance.now() - told < QUIET_SECONDS * 1000) return;
          told = performance.now();
          console.info(`${title}: step ${step}/${steps}, loss ${loss.toFixed(3)}`);
        },
      };
    },
    onTrained: ({ name, options }, done, total) => {
      display?.stop();
      display = undefined;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.info(`[${done}/${total}] SFT ${name}: done in ${seconds} s, in ${options.out}`);
    },
  };
}
