/** Computes the two published mean ratios of change, with their robust forms. */

import { type BeforeAfter, ratioOfChange } from "../../statistics/forgetting.js";
import { BUILTIN_TASKS } from "../../tasks/builtin/index.js";
import { changeAt, type Lookup, POINTS } from "./cells.js";

/**
 * Lists the classification tasks without qqp and stsb: the authors scored them on test splits whose labels are hidden.
 */
const CLASSIFICATION = {
  trained: ["mnli", "paws"],
  all: ["mnli_matched", "mnli_mismatched", "rte", "gpt3nli", "paws"],
};
const GENERATION = { trained: ["xsum", "socialiqa"], all: ["xsum", "xlsum", "cnn_dailymail", "socialiqa", "sciq", "tweetqa"] }; // prettier-ignore

export interface PaperRatio {
  readonly trained_on: "classification" | "generation";
  readonly evaluated_on: "generation" | "classification";
  /** In percent. */
  readonly published: number;
  /** Over the datasets that the other two were trained on: the published figure. */
  readonly mean: number;
  /** Over every dataset of the kind in the files. */
  readonly mean_of_all: number;
  readonly median: number;
  readonly trimmed: number;
  readonly cells: number;
  /** The mean without the one cell that moves it most. */
  readonly without: { readonly cell: string; readonly mean: number } | null;
  readonly floor_aware_mean: number | null;
  readonly floor_aware_median: number | null;
  /** Cells whose base is not above chance. */
  readonly at_floor: number;
}

export function paperRatios(lookup: Lookup): PaperRatio[] {
  return [
    ratio(lookup, CLASSIFICATION.trained, ["xsum", "socialiqa"], GENERATION.all, "classification", "generation", -61.4),
    ratio(
      lookup,
      GENERATION.trained,
      ["mnli_matched", "paws"],
      CLASSIFICATION.all,
      "generation",
      "classification",
      0.3,
    ),
  ].flatMap((one) => one ?? []);
}

function ratio(
  lookup: Lookup,
  trained: readonly string[],
  own: readonly string[],
  all: readonly string[],
  trainedOn: PaperRatio["trained_on"],
  evaluatedOn: PaperRatio["evaluated_on"],
  published: number,
): PaperRatio | undefined {
  const cells = cellsOf(lookup, trained, own);
  if (cells.length === 0) return undefined;
  const summary = ratioOfChange(cells);
  const { leaveOneOut, floorAware } = summary;
  const ends = leaveOneOut === null ? [] : [leaveOneOut.lowest, leaveOneOut.highest];
  const [most] = ends.sort((a, b) => Math.abs(b.mean - summary.mean) - Math.abs(a.mean - summary.mean));
  const floor = (value: number) => (Number.isNaN(value) ? null : value);
  return {
    trained_on: trainedOn,
    evaluated_on: evaluatedOn,
    published,
    mean: summary.mean,
    mean_of_all: ratioOfChange(cellsOf(lookup, trained, all)).mean,
    median: summary.median,
    trimmed: summary.trimmed,
    cells: summary.ratios.length,
    without: most === undefined ? null : { cell: most.left, mean: most.mean },
    floor_aware_mean: floor(floorAware.mean),
    floor_aware_median: floor(floorAware.median),
    at_floor: floorAware.atFloor.length,
  };
}

function cellsOf(lookup: Lookup, trained: readonly string[], tasks: readonly string[]): BeforeAfter[] {
  return trained.flatMap((sftTask) =>
    POINTS.flatMap((point) =>
      tasks.flatMap((task) => {
        const change = changeAt(lookup, point, sftTask, task);
        if (change === undefined) return [];
        return [
          {
            name: `${task} after SFT of ${point} on ${sftTask}`,
            before: change.before,
            after: change.after,
            chance: chanceOf(task),
            beforeStderr: lookup(point, null, task)?.stderr ?? null,
          },
        ];
      }),
    ),
  );
}

export function chanceOf(task: string): number {
  const answer = BUILTIN_TASKS.find(({ name }) => name === task)?.answer;
  return answer?.kind === "classification" ? 1 / answer.labels.length : 0;
}
