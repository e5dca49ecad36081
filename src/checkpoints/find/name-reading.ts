/** Reads names as the user says: from a file of steps, and with stages in an order of the user's. */

import picomatch from "picomatch";
import { didYouMean, UsageError } from "../../base/errors.js";
import { readStepsFile, type StatedPoint } from "./steps-file.js";
import { parseTrainingStep, PLAIN_READING, type Reading, type TrainingStep } from "./training-steps.js";

/** Holds what the user says of names beside what they say themselves. */
export interface NamesGiven {
  /** Path of a file that readStepsFile reads. */
  readonly stepsFile?: string | undefined;
  /** Names or globs of stages, in the order of training. */
  readonly stageOrder?: readonly string[] | undefined;
}

export class NameReading implements Reading {
  /** Names of the file that were of use. */
  private readonly met = new Set<string>();
  /** Every name that was looked at. */
  private readonly seen = new Set<string>();

  private constructor(
    private readonly points: ReadonlyMap<string, StatedPoint>,
    private readonly order: readonly { readonly word: string; readonly isMatch: (stage: string) => boolean }[],
  ) {}

  /** @throws UsageError when the file is not what readStepsFile takes, or a stage is named twice */
  static of({ stepsFile, stageOrder = [] }: NamesGiven): NameReading {
    const twice = stageOrder.find((word, i) => stageOrder.indexOf(word) < i);
    if (twice !== undefined) throw new UsageError(`--stage-order: "${twice}" is there twice`);
    const points = stepsFile === undefined ? new Map<string, StatedPoint>() : readStepsFile(stepsFile);
    return new NameReading(
      points,
      stageOrder.map((word) => ({ word, isMatch: picomatch(word) })),
    );
  }

  point(name: string): TrainingStep | undefined {
    this.seen.add(name);
    // A folder of a revision may be named with or without it.
    const key = [name, name.slice(name.indexOf(":") + 1)].find((one) => this.points.has(one));
    const stated = key === undefined ? undefined : this.points.get(key);
    if (key !== undefined) this.met.add(key);
    const told = parseTrainingStep(name);
    if (told === undefined && stated === undefined) return undefined;
    const nothing = { step: undefined, tokens: undefined, stage: undefined, seed: undefined };
    const point: TrainingStep = { ...nothing, ...told, ...stated, name };
    return { ...point, stage: stated?.stage ?? this.stageOf(point) };
  }

  /** Tells what the file says of the first of the names that it has. */
  stated(names: readonly string[]): TrainingStep | undefined {
    const name = names.find((one) => this.points.has(one));
    return name === undefined ? undefined : this.point(name);
  }

  place(stage: string): number {
    if (this.order.length === 0) return PLAIN_READING.place(stage);
    const place = this.order.findIndex(({ isMatch }) => isMatch(stage));
    if (place < 0 && stage !== "")
      throw new UsageError(
        `--stage-order does not say when "${stage}" was trained; it has ${this.order.map(({ word }) => word).join(", ")}`,
      );
    return place + 1;
  }

  /** @throws UsageError when a name of the file, or a stage of the order, is none of a whole run that was looked at */
  refuseUnmet(): void {
    const name = [...this.points.keys()].find((one) => !this.met.has(one));
    if (name !== undefined)
      throw new UsageError(`--steps-file: no checkpoint is named "${name}"${didYouMean(name, [...this.seen], 10)}`);
    const stages = [...this.seen].flatMap((one) => this.point(one)?.stage ?? []);
    for (const { word, isMatch } of this.order) {
      if (!stages.some(isMatch))
        throw new UsageError(`--stage-order: no checkpoint is of stage "${word}"${didYouMean(word, [...new Set(stages)])}`);
    }
  } // prettier-ignore

  /**
   * @throws UsageError when no checkpoint is one of a run and the file names none of them, or stages are to be ordered
   */
  refuseUseless(): void {
    if (this.order.length > 0)
      throw new UsageError("--stage-order orders the checkpoints of a run, and no checkpoint given is one: name it with wildcards, as in 'ORG/NAME@*'");
    if (this.points.size > 0 && this.met.size === 0)
      throw new UsageError(`--steps-file names none of the checkpoints; it has ${[...this.points.keys()].slice(0, 5).join(", ")}`);
  } // prettier-ignore

  /** Returns the stage that the name tells, or else the word of the order that stands in it. */
  private stageOf({ name, stage }: TrainingStep): string | undefined {
    const isPart = (word: string) => `-${name.replaceAll(/[_./:]/g, "-")}-`.includes(`-${word.replaceAll("_", "-")}-`);
    return stage ?? this.order.find(({ word }) => isPart(word))?.word;
  }
}
