/** The axes of the prompt space beside wording and format, and how their levels are written: `+axis=level`. */

import { didYouMean, UsageError } from "../base/errors.js";
import { DEFAULT_ENUMERATOR, ENUMERATORS, PRESENTATIONS, type Presentation } from "./choices.js";
import { ANSWER_WORDS_NAMES, type AnswerWordsName } from "./labels.js";
import { noiseName, parseNoise, type Noise } from "./noise.js";
import { orderName, parseOrder, type Order } from "./order.js";
import { parseShotSeparator, type ShotSeparator } from "./shots.js";

/** A prompt's level on each axis; where one is absent the prompt is as the task and the study have it. */
export interface Levels {
  readonly labels?: AnswerWordsName;
  readonly choices?: Exclude<Presentation, "cloze">;
  readonly enumerator?: string;
  readonly order?: Order;
  readonly shots?: number;
  readonly draw?: number;
  readonly shotOrder?: Order;
  readonly balance?: true;
  readonly between?: ShotSeparator;
  readonly noise?: Noise;
}

interface Axis {
  /** @throws UsageError with the nearest level */
  readonly parse: (level: string) => Levels;
  /** The level as it is written; undefined where it is absent. */
  readonly name: (levels: Levels) => string | undefined;
}

/** In the order in which a prompt's name gives them. */
export const AXES: Readonly<Record<string, Axis>> = {
  labels: {
    parse: (level) => ({ labels: oneOf("labels", level, ANSWER_WORDS_NAMES) }),
    name: ({ labels }) => labels,
  },
  choices: {
    parse: (level) => {
      const choices = oneOf("choices", level, PRESENTATIONS);
      return choices === "cloze" ? {} : { choices };
    },
    name: ({ choices }) => choices,
  },
  enumerator: {
    parse: (level) => {
      const enumerator = oneOf("enumerator", level, [...ENUMERATORS.keys()]);
      return enumerator === DEFAULT_ENUMERATOR ? {} : { enumerator };
    },
    name: ({ enumerator }) => enumerator,
  },
  order: {
    parse: (level) => withOrder("order", level),
    name: ({ order }) => order && orderName(order),
  },
  shots: {
    parse: (level) => ({ shots: count("shots", level) }),
    name: ({ shots }) => shots?.toString(),
  },
  draw: {
    parse: (level) => {
      const draw = count("draw", level);
      return draw === 0 ? {} : { draw };
    },
    name: ({ draw }) => draw?.toString(),
  },
  "shot-order": {
    parse: (level) => withOrder("shotOrder", level),
    name: ({ shotOrder }) => shotOrder && orderName(shotOrder),
  },
  balance: {
    parse: (level) => (oneOf("balance", level, ["labels", "none"]) === "labels" ? { balance: true } : {}),
    name: ({ balance }) => (balance === true ? "labels" : undefined),
  },
  between: {
    parse: (level) => {
      const between = parseShotSeparator(level);
      return between === "newline" ? {} : { between };
    },
    name: ({ between }) => between,
  },
  noise: {
    parse: (level) => ({ noise: parseNoise(level) }),
    name: ({ noise }) => noise && noiseName(noise),
  },
};

function oneOf<T extends string>(axis: string, level: string, known: readonly T[]): T {
  const found = known.find((name) => name === level);
  if (found === undefined) throw new UsageError(`prompt level ${axis}=${level}: unknown${didYouMean(level, known)}`);
  return found;
}

function count(axis: string, level: string): number {
  if (/^\d{1,4}$/.test(level)) return Number(level);
  throw new UsageError(`prompt level ${axis}=${level}: expected a whole number of at most 9999`);
}

function withOrder(key: "order" | "shotOrder", level: string): Levels {
  const order = parseOrder(level);
  return order === undefined ? {} : { [key]: order };
}

/**
 * Levels as they stand after the name of a wording, e.g. `labels=yes-no`.
 * @throws UsageError when there is no such axis or level
 */
export function parseLevel(text: string): Levels {
  const [, name = text, level = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const axis = Object.hasOwn(AXES, name) ? AXES[name] : undefined;
  if (axis === undefined || level === "") {
    const known = Object.keys(AXES);
    throw new UsageError(
      axis === undefined
        ? `prompt axis "${name}": unknown${didYouMean(name, known)} (write +AXIS=LEVEL)`
        : `prompt axis ${name}: give a level, as in +${name}=…`,
    );
  }
  return axis.parse(level);
}

/** A prompt's name: what its wording or format is called, and its levels where they are not absent. */
export function nameWith(base: string, levels: Levels): string {
  const given = Object.entries(AXES).flatMap(([axis, { name }]) => {
    const level = name(levels);
    return level === undefined ? [] : [`+${axis}=${level}`];
  });
  return base + given.join("");
}
