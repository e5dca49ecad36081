/** Holds what one row got in one cell, as it is stored. */

/** Holds one of the texts that were drawn for a row. */
export interface RowSample {
  /** Of its random numbers. */
  readonly seed: number;
  /** As in {@link RowScore}. */
  readonly answer: number | string;
  readonly generated?: string;
  readonly new_tokens: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Describes a row that is exported as one line of a JSONL file. */
export interface RowScore {
  readonly row: number;
  readonly row_hash: string;
  /**
   * SHA-256 of the full prompt text, shots included, before anything was dropped. With a chat template, of the texts of
   * the turns: the same for every checkpoint, whatever its template makes of them.
   */
  readonly prompt_hash: string;
  /** Index of the right answer; absent for free text. */
  readonly gold?: number;
  /**
   * Index of the answer given (-1: none of them), or the generated text. Of several drawn texts the index that most of
   * them give, the first among equals; else the first text.
   */
  readonly answer: number | string;
  /** The text a label was read from. */
  readonly generated?: string;
  /** Log-likelihood of each answer, in nats. */
  readonly logprobs?: readonly number[];
  /** Probability of all labels, or of all letters of choices, together. */
  readonly label_mass?: number;
  /** How many answers share the largest score, of which the first one was taken; absent for one. */
  readonly tied?: number;
  /** How true the row is on a scale, where its task says so. */
  readonly grade?: number;
  /** Value under each metric of rows: the mean over the drawn texts where several were. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly correct?: boolean;
  /** The texts that were drawn, in the order of their seeds; absent where the most likely one was generated. */
  readonly samples?: readonly RowSample[];
  readonly context_tokens: number;
  /** Tokens that were generated, of all texts together. */
  readonly new_tokens?: number;
  /** Few-shot examples left out because the prompt did not fit the window. */
  readonly shots_dropped: number;
  /** The row alone did not fit; its beginning was cut. */
  readonly truncated: boolean;
  /** A token spans the boundary of prompt and answer. */
  readonly merged?: boolean;
}

/** Returns the means over drawn texts of every metric that all of them have. */
export function meanMetrics(samples: readonly Pick<RowSample, "metrics">[]): Record<string, number> {
  return Object.fromEntries(
    Object.keys(samples[0]?.metrics ?? {}).flatMap((name) => {
      const values = samples.map(({ metrics }) => metrics[name]);
      if (values.includes(undefined)) return [];
      return [[name, (values as number[]).reduce((sum, value) => sum + value, 0) / values.length]];
    }),
  );
}
