/**
 * Describes what a leaderboard holds: one entry for each checkpoint and task, with what is needed to rank it among
 * others.
 */

import { hashValue } from "../base/hash.js";
import {
  about,
  boolean,
  constant,
  integer,
  list,
  named,
  number,
  object,
  type Of,
  oneOf,
  optional,
  orNull,
  published,
  text,
} from "../base/schema.js";
import { compileSchema } from "../base/validation.js";

export const LEADERBOARD_SCHEMA = "amuro-eval/leaderboard@1";

/** Lists the figures that entries are ranked by. */
export const RANKED = ["mean", "worst", "p5"] as const;
export type Ranked = (typeof RANKED)[number];

/** Sets the unit of which resampled scores are whole numbers. */
export const DRAW_UNIT = 1e-4;

const name = text({ maxLength: 4000 });
const hash = text({ pattern: "^[0-9a-f]{64}$" });
const count = integer({ minimum: 0 });
/** Holds a score in the range of the metric, which is checked apart. */
const score = number();
const sd = number({ minimum: 0 });
const draws = list(integer(), { minItems: 1, maxItems: 10_000 });

/** Shows a page of the leaderboard itself, or one at an address with https. */
const PAGE = "^(reports/[A-Za-z0-9_.~%=-]+\\.html(#[A-Za-z0-9_.~%-]*)?|https://[^\\s\"'<>]+)$";

const CONTENT = {
  checkpoint: object({
    name,
    spec: name,
    revision: orNull(name),
    step: orNull(count),
    stage: oneOf(["base", "sft", null]),
    sft_task: orNull(name),
    architecture: orNull(name),
    parameters: orNull(count),
    dtype: orNull(name),
    weights: orNull(hash),
    tokenizer: orNull(hash),
  }),
  task: name,
  family: name,
  metric: name,
  higher_is_better: optional(boolean("False where smaller values are better; absent otherwise.")),
  answer: name,
  rows: integer({ minimum: 1 }),
  rows_hash: hash,
  shots: count,
  shots_hash: hash,
  prompts: list(hash, { minItems: 1, description: "Hashes of the prompts, in alphabetical order." }),
  scores: object({
    mean: score,
    mean_stderr: orNull(
      number({
        minimum: 0,
        description: "Over rows, with the scores of a row under all prompts as one cluster.",
      }),
    ),
    crossed_stderr: optional(
      orNull(number({ minimum: 0, description: "Of the mean for new wordings and new rows, in these presentations." })),
    ),
    worst: score,
    worst_prompt: name,
    p5: score,
    best: score,
    raw_sd: orNull(sd),
    sd: about(orNull(sd), "Noise-corrected."),
    sd_interval: optional(
      orNull(
        object(
          { low: orNull(sd), high: orNull(sd) },
          "95 % interval of the noise-corrected SD for new wordings and rows; absent from entries of versions that did not have it.",
        ),
      ),
    ),
  }),
  draws: object(
    {
      mean: draws,
      worst: draws,
      p5: draws,
      sd: optional(about(draws, "Of the noise-corrected SD; absent from entries of versions that did not draw it.")),
    },
    "Scores of the same resamples of the rows for every entry with these rows, in units of 0.0001.",
  ),
  prompt_draws: optional(
    about(
      draws,
      "Means of resamples of wordings and rows together, the same for every entry of the setting; absent below 12 wordings.",
    ),
  ),
  report: orNull(text({ maxLength: 2000, pattern: PAGE })),
  version: optional(text({ maxLength: 100, description: "Version of amuro-eval that scored it." })),
};

export const Entry = named(
  "entry",
  object(
    {
      hash: about(hash, "SHA-256 of the canonical JSON (keys sorted) of the entry without hash and report."),
      ...CONTENT,
    },
    "One checkpoint on one task.",
  ),
);
export type Entry = Of<typeof Entry>;
export type EntryContent = Omit<Entry, "hash">;

const RANK = {
  rank: integer({ minimum: 1 }),
  low: integer({ minimum: 1 }),
  high: integer({ minimum: 1 }),
  tied: about(count, "Entries whose difference from this one may be 0: its 95 % interval holds 0."),
};
const Rank = named("rank", object(RANK));

export const Board = named(
  "board",
  object(
    {
      setting: hash,
      task: name,
      metric: name,
      ranks: list(
        object({
          entry: about(hash, "Hash of the entry."),
          mean: Rank,
          worst: Rank,
          p5: Rank,
          new_prompts: optional(
            about(Rank, "By the mean, for new wordings and new rows; absent where an entry has no such resamples."),
          ),
          sd: optional(about(Rank, "By the noise-corrected SD, the smallest first; absent where an entry has none.")),
          group: optional(
            integer({
              minimum: 1,
              description:
                "Entries of one number are tied with its first entry by the mean, for new wordings and rows where these are known and for these prompts elsewhere.",
            }),
          ),
        }),
      ),
    },
    "Entries that can be compared: the same rows, shots, prompts, metric and way of answering.",
  ),
);
export type Board = Of<typeof Board>;

const OverallRank = named(
  "overallRank",
  object({
    ...RANK,
    group: integer({ minimum: 1, description: "Checkpoints of one number are tied with its first." }),
    value: about(number(), "Mean over the tasks."),
    interval: object({ low: number(), high: number() }, "95 % interval of the value."),
  }),
);
export type OverallRank = Of<typeof OverallRank>;

export const Overall = named(
  "overall",
  object(
    {
      settings: list(hash),
      tasks: about(list(name), "In the order of the settings."),
      new_prompts: boolean("Whether intervals and groups of the level are for new wordings and rows, or for new rows."),
      ranks: list(
        object({
          entries: about(list(hash), "One of each setting, in their order."),
          level: about(OverallRank, "By the mean score."),
          sensitivity: optional(
            about(OverallRank, "By the noise-corrected SD, the smallest first; absent where an entry has none."),
          ),
        }),
      ),
    },
    "Checkpoints that were asked the same on several tasks.",
  ),
);
export type Overall = Of<typeof Overall>;

/** Describes leaderboard.json as it is published in schemas/leaderboard.schema.json. */
export const PUBLISHED_LEADERBOARD = published(
  { $id: LEADERBOARD_SCHEMA, title: "leaderboard.json of amuro-eval" },
  object({
    schema: constant(LEADERBOARD_SCHEMA),
    version: name,
    entries: list(Entry),
    boards: list(Board),
    overall: optional(list(Overall)),
  }),
);
export type Leaderboard = Of<typeof PUBLISHED_LEADERBOARD>;

/** Checks whether a value fits the published schema of leaderboard.json. */
export const isLeaderboard = compileSchema<Leaderboard>(PUBLISHED_LEADERBOARD);

export function withHash(content: EntryContent): Entry {
  return { hash: contentHash(content), ...content };
}

/** Computes what `hash` must be. */
export function contentHash(entry: EntryContent & { readonly hash?: string }): string {
  return hashValue(Object.fromEntries(Object.entries(entry).filter(([key]) => key !== "hash" && key !== "report")));
}

/** Returns what an entry is compared under. */
export function settingOf({ task, metric, answer, rows_hash, shots_hash, prompts }: EntryContent): string {
  return hashValue([task, metric, answer, rows_hash, shots_hash, prompts]);
}
