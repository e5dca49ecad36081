/** Explains the words of the field that a report uses: as tooltips where they stand and as a list at the end. */

import { html, type Html } from "../html.js";

interface Entry {
  readonly name: string;
  /** One clause, for the tooltip. */
  readonly short: string;
  /** What the list adds. */
  readonly long: string;
}

const ENTRIES = {
  "prompt": {
    name: "prompt",
    short: "one way of asking: wording, answer words, choices, shots; the question itself stays the same",
    long: "Prompts differ in wording, format, answer words, presentation of choices and draw of the shots. All prompts of a task ask about the same rows.",
  },
  "sft": {
    name: "SFT",
    short: "supervised fine-tuning of a checkpoint on examples of one task or a mixture",
    long: "“Before” is the checkpoint as pre-training left it, “after” the same checkpoint after supervised fine-tuning. Both are asked the same rows under the same prompts.",
  },
  "mean": {
    name: "mean score",
    short: "the score averaged over all prompts and rows",
    long: "Its error over rows treats the scores that one row got under all prompts as one cluster: it says how well these prompts would do on new rows. The crossed error also lets the prompts vary: how well prompts drawn like these would do.",
  },
  "sd": {
    name: "noise-corrected SD",
    short: "how much wordings would differ in score with endless rows, the presentation held fixed; an estimate of 0 means that these rows show no difference",
    long: "The square root of the variance between prompts of one presentation after the part that the sampling of rows adds is taken away, cut at 0. Where all prompts are presented alike this is the component of a crossed analysis of variance. In units of the score: 0.05 means that prompts typically lie 5 points of 100 around their mean.",
  },
  "raw-sd": {
    name: "raw SD",
    short: "standard deviation of the prompts’ scores; positive even where prompts make no difference",
    long: "It holds the sampling noise of the rows, and it shrinks when the mean moves towards 0 or 1. It stands beside the noise-corrected SD for comparison with other work.",
  },
  "logit": {
    name: "logit scale",
    short: "log(score / (1 − score)): differences near 0 and 1 count as much as in the middle",
    long: "On the scale of the score a spread shrinks when the mean moves towards 0 or 1, whatever the model does. A change of sensitivity is therefore claimed only where the logit scale shows it as well.",
  },
  "interval": {
    name: "95 % interval",
    short: "a range that holds the true value in 95 of 100 studies like this one",
    long: "Intervals of prompts are over rows. What each interval is taken over is said where it stands.",
  },
  "p": {
    name: "p, Holm",
    short: "how often chance alone would show at least this; adjusted for looking at many tasks",
    long: "Holm’s adjustment keeps the chance of any false claim over the tasks of one pair of checkpoints at 5 %.",
  },
  "verdict": {
    name: "change of sensitivity",
    short: "rose or fell: only where the logit scale says so at the 5 % level, after Holm",
    long: "“No change seen” is not “no change”: the design says how small a change it could have seen. “Probability scale only” is a change that the moved mean may have made by itself. “Not testable”: too few prompts, or only means are known.",
  },
  "worst": {
    name: "worst prompt",
    short: "the lowest score among the prompts; comparable only at equal numbers of prompts and rows",
    long: "With noise alone, the worst of 24 prompts lies about two standard errors below their mean.",
  },
  "pss": {
    name: "PSS",
    short: "how far two prompts' scores of one row lie apart in the mean; of right and wrong, how often one alone is right",
    long: "PromptSensiScore: the mean over rows and pairs of prompts of the difference of their scores. A smaller SD at the same PSS means that errors moved from whole prompts to single rows: that is not robustness.",
  },
  "label-mass": {
    name: "label mass",
    short: "probability that the model gives to all allowed answers together",
    long: "Where it is low the model would say something else: the score then compares answers that the model would not give, and says little about what it knows.",
  },
  "ll": {
    name: "log-likelihood",
    short: "natural logarithm of the probability of an answer’s tokens after the prompt, in nats",
    long: "The answer with the largest is the one given. A difference of 0.7 nats is a factor of two.",
  },
  "chance": {
    name: "chance",
    short: "the score of guessing: one over the number of answers",
    long: "Generated text has no score of guessing; 0 is taken.",
  },
  "contrast": {
    name: "contrast of presentations",
    short: "mean score in the second presentation of the answers less that in the first",
    long: "Two presentations stand for themselves: nothing is said of presentations in general. Its interval is for new wordings and new rows.",
  },
  "total-sd": {
    name: "SD with presentations",
    short: "how much prompts would differ with endless rows, over wordings and these presentations together",
    long: "The root of the variance between wordings plus that which these presentations make at equal weight.",
  },
  "trend": {
    name: "trend",
    short: "whether a figure rises or falls with the steps of one training run, asked twice",
    long: "Once for new rows and wordings, with the checkpoints as they are, and once beside the changes that training makes from one checkpoint to the next. Both must speak for a trend. One run: a drift of training without direction looks the same.",
  },
  "power": {
    name: "what the design can see",
    short: "the smallest change that would be found in 80 of 100 studies like this one",
    long: "Solved from studies drawn with the estimated variances, tested as this one is: pivot, gate and signs of wordings at p ≤ .05, before Holm.",
  },
} as const satisfies Record<string, Entry>; // prettier-ignore

export type Term = keyof typeof ENTRIES;

/** Writes a word with its tooltip and a link to its explanation. */
export function term(name: Term, text: string = ENTRIES[name].name): Html {
  const { short } = ENTRIES[name];
  return html`<a class="term" href="#term-${name}" title="${short}">${text}</a>`;
}

/** Writes all words with their explanations. */
export function glossary(): Html {
  const entries = Object.entries(ENTRIES).map(
    ([key, { name, short, long }]) =>
      html`<dt id="term-${key}">${name}</dt>
        <dd>${capital(short)}. ${long}</dd>`,
  );
  return html`<dl class="glossary">${entries}</dl>`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
