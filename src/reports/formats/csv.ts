/** Writes the analysis as flat tables, one observation a line (RFC 4180). */

import type { Analysis, IntervalRecord, SeedFigure } from "../../analysis/document/document.js";

export interface CsvTable {
  readonly name: string;
  readonly text: string;
}

type Value = string | number | boolean | null | undefined;
type Line = Readonly<Record<string, Value>>;

/**
 * Writes levels, quantiles, prompts, comparisons, changes over tasks, seeds, orders, axes, trends and transfers;
 * unknown values are empty.
 */
export function csvTables(analysis: Analysis): CsvTable[] {
  const tables = {
    levels: levels(analysis),
    quantiles: quantiles(analysis),
    prompts: prompts(analysis),
    comparisons: comparisons(analysis),
    over_tasks: overTasks(analysis),
    replicates: replicates(analysis),
    orders: orders(analysis),
    axes: axes(analysis),
    trends: trends(analysis),
    transfer: transfer(analysis),
  };
  return Object.entries(tables).flatMap(([name, lines]) => (lines.length === 0 ? [] : [{ name, text: csv(lines) }]));
}

function overTasks({ over_tasks: all }: Analysis): Line[] {
  return all.map(({ tasks, interval, prediction, tau2, ...one }) => ({
    ...one,
    tasks: tasks.length,
    low: interval.low,
    high: interval.high,
    tau: tau2 === null ? null : Math.sqrt(tau2),
    another_low: prediction?.low,
    another_high: prediction?.high,
  }));
}

function levels({ levels: all, checkpoints, tasks }: Analysis): Line[] {
  const chances = new Map(tasks.map(({ name, chance }) => [name, chance]));
  const about = new Map(checkpoints.map((one) => [one.name, one]));
  const drawn = all.some(({ sampling }) => sampling !== undefined);
  const seeded = checkpoints.some(({ seed }) => seed !== undefined);
  const inTokens = checkpoints.some(({ tokens }) => tokens !== undefined);
  return all.map(
    ({
      checkpoint,
      task,
      metric,
      prompts: own,
      items,
      level,
      range,
      sensitivity,
      pss,
      median_shots,
      majority_share,
      presentations,
      answers,
      scorer,
      sampling,
    }) => ({
      checkpoint,
      stage: about.get(checkpoint)?.stage,
      step: about.get(checkpoint)?.step,
      ...(inTokens ? { tokens: about.get(checkpoint)?.tokens } : {}),
      ...(seeded ? { seed: about.get(checkpoint)?.seed } : {}),
      sft_task: about.get(checkpoint)?.sft_task,
      task,
      metric,
      prompts: own.length,
      rows: items,
      median_shots,
      chance: chances.get(task),
      majority_share,
      mean: level.mean,
      ...bounds("mean_rows", level.item_interval),
      ...bounds("mean_crossed", level.crossed_interval),
      stderr_rows: level.item_stderr,
      stderr_crossed: level.crossed_stderr,
      worst: range.worst,
      worst_prompt: range.worst_prompt,
      p5: range.p5,
      median: range.median,
      p95: range.p95,
      best: range.best,
      best_prompt: range.best_prompt,
      raw_sd: sensitivity.probability?.raw_sd,
      sd: sensitivity.probability?.corrected_sd,
      ...bounds("sd", sensitivity.probability?.interval),
      sd_logit: sensitivity.logit?.corrected_sd,
      ...bounds("sd_logit", sensitivity.logit?.interval),
      contrast: presentations?.contrast?.value,
      ...bounds("contrast", presentations?.contrast?.interval),
      sd_with_presentations: presentations?.total_sd,
      ...bounds("sd_with_presentations", presentations?.total_interval),
      pss: pss?.value,
      one_answer_prompts: answers?.one_answer_prompts,
      label_mass: scorer.label_mass?.mean,
      ...(drawn
        ? {
            samples: sampling?.samples,
            temperature: sampling?.temperature,
            variance_texts: sampling?.variance,
            ...bounds("variance_texts", sampling?.interval),
            variance_prompt_row: sampling?.interaction,
            ...bounds("variance_prompt_row", sampling?.interaction_interval),
            texts_share_of_error: sampling?.share_of_noise,
          }
        : {}),
    }),
  );
}

function quantiles({ levels: all }: Analysis): Line[] {
  return all.flatMap(({ checkpoint, task, quantiles: own }) =>
    own.values.map(({ at, value, interval }) => ({ checkpoint, task, at, value, ...bounds("value", interval) })),
  );
}

/** One line for the arm, and one for each of its seeds. */
function replicates({ replicates: all }: Analysis): Line[] {
  return all.flatMap(({ arm, base, sft_task, step, task, metric, of, seeds, level, sensitivity }) => {
    const about = { arm, base, sft_task, step, task, metric, of };
    const figures = (name: string, one: SeedFigure | null) => ({
      [`${name}_change`]: one?.change,
      ...bounds(`${name}_change`, one?.interval ?? null),
      [`${name}_p`]: one?.p,
      [`${name}_p_holm`]: one?.p_holm,
      [`${name}_sd_between_seeds`]: one?.sd,
      ...bounds(`${name}_sd_between_seeds`, one?.sd_interval ?? null),
      [`${name}_seed_share`]: one?.seed_share,
    });
    const { probability, logit } = sensitivity;
    const whole = {
      ...figures("level", level),
      ...figures("sd_probability", probability),
      ...figures("sd_logit", logit),
    };
    const none = Object.fromEntries(Object.keys(whole).map((key) => [key, null]));
    return [
      { ...about, seed: null, sft: null, ...whole },
      ...seeds.map((one) => ({
        ...about,
        seed: one.seed,
        sft: one.sft,
        ...none,
        level_change: one.level,
        sd_probability_change: one.sd_probability,
        sd_logit_change: one.sd_logit,
      })),
    ];
  });
}

function orders({ orders: all }: Analysis): Line[] {
  return all.map((one) => ({
    task: one.task,
    first: one.first,
    second: one.second,
    rows: one.items,
    higher: one.higher,
    equal: one.equal,
    lower: one.lower,
    share: one.share,
    ...bounds("share", one.share_interval),
    reversal: one.reversal,
    ...bounds("reversal", one.reversal_interval),
    withheld: one.withheld,
  }));
}

function prompts({ levels: all, tasks }: Analysis): Line[] {
  const axesOf = new Map(
    tasks.flatMap((task) => task.prompts.map((prompt) => [JSON.stringify([task.name, prompt.id]), prompt.axes])),
  );
  const names = [...new Set([...axesOf.values()].flatMap((own) => Object.keys(own)))];
  return all.flatMap(({ checkpoint, task, metric, items, prompts: own }) =>
    own.map(({ prompt, mean, stderr, interval, label_mass, unparseable, seen }) => {
      const levelsOf = axesOf.get(JSON.stringify([task, prompt])) ?? {};
      const axisColumns = Object.fromEntries(names.map((name) => [`axis_${name}`, levelsOf[name]]));
      return {
        checkpoint,
        task,
        metric,
        prompt,
        rows: items,
        mean,
        stderr,
        ...bounds("mean", interval),
        label_mass,
        unparseable,
        seen,
        ...axisColumns,
      };
    }),
  );
}

function comparisons({ comparisons: all }: Analysis): Line[] {
  return all.map(
    ({
      base,
      sft,
      sft_task,
      step,
      task,
      metric,
      prompts: own,
      items,
      level,
      sensitivity,
      verdict,
      pss,
      contrast,
      total,
    }) => ({
      base,
      sft,
      sft_task,
      step,
      task,
      metric,
      prompts: own.length,
      rows: items,
      mean_before: level.before,
      mean_after: level.after,
      change: level.change,
      ...bounds("change_rows", level.item_interval),
      ...bounds("change_crossed", level.crossed_interval),
      p: level.p,
      p_holm: level.p_holm,
      sd_before: sensitivity.probability?.sd_before,
      sd_after: sensitivity.probability?.sd_after,
      ...bounds("sd_change", sensitivity.probability?.sd_change_interval),
      raw_sd_before: sensitivity.probability?.raw_sd_before,
      raw_sd_after: sensitivity.probability?.raw_sd_after,
      sd_logit_before: sensitivity.logit?.sd_before,
      sd_logit_after: sensitivity.logit?.sd_after,
      p_sd_logit: sensitivity.logit?.p,
      p_sd_logit_holm: sensitivity.logit?.p_holm,
      verdict,
      contrast_before: contrast?.before,
      contrast_after: contrast?.after,
      ...bounds("contrast_change", contrast?.interval),
      sd_with_presentations_before: total?.probability?.sd_before,
      sd_with_presentations_after: total?.probability?.sd_after,
      ...bounds("sd_with_presentations_change", total?.probability?.sd_change_interval),
      pss_before: pss?.before,
      pss_after: pss?.after,
    }),
  );
}

function axes({ levels: all }: Analysis): Line[] {
  return all.flatMap(({ checkpoint, task, axes: own }) =>
    (own?.terms ?? []).map(({ term, levels: count, variance, share, item_interval, level_interval }) => ({
      checkpoint,
      task,
      term,
      levels: count,
      variance_logit: variance,
      share,
      ...bounds("rows", item_interval),
      ...bounds("levels", level_interval),
    })),
  );
}

function trends({ trends: all }: Analysis): Line[] {
  const inTokens = all.some(({ axis }) => axis === "tokens");
  return all.flatMap(({ task, run, sft_task, quantity, points, axis, slope, unit, p, p_cells, p_wobble, p_holm }) =>
    points.map(({ checkpoint, step, tokens, value }) => ({
      task,
      run,
      sft_task,
      quantity,
      checkpoint,
      step,
      ...(inTokens ? { tokens } : {}),
      value,
      p,
      p_cells,
      p_wobble,
      p_holm,
      slope,
      per_steps: axis === "tokens" ? null : unit,
      ...(inTokens ? { per_tokens: axis === "tokens" ? unit : null } : {}),
    })),
  );
}

function transfer({ transfer: all }: Analysis): Line[] {
  return all.flatMap(({ base, sft, sft_task, step, cells }) =>
    cells.map((cell) => ({ base, sft, sft_task, step, ...cell })),
  );
}

function bounds(name: string, interval: IntervalRecord | null | undefined): Line {
  return { [`${name}_low`]: interval?.low, [`${name}_high`]: interval?.high };
}

function csv(lines: readonly Line[]): string {
  const names = [...new Set(lines.flatMap((line) => Object.keys(line)))];
  return (
    [names.join(","), ...lines.map((line) => names.map((name) => csvField(line[name])).join(","))].join("\r\n") + "\r\n"
  );
}

/** Writes a value as a field. Text that a spreadsheet would run as a formula gets an apostrophe in front. */
export function csvField(value: Value): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
