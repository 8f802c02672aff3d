import { scheduleOf } from "@tributary/engine";
import { reached } from "@tributary/protocol";
import type { ProgressReports } from "../progress.js";
import type { Objective, TrainingWork } from "../work.js";
import type { WorkOptions } from "./training-thread.js";

type Settings = TrainingWork["settings"];

/** Step size in a round. The schedule counts rounds from 0, the work from 1. */
export const learningRateOf = (
  { schedule = { name: "constant" }, learningRate }: Pick<Settings, "schedule" | "learningRate">,
  round: number,
): number => scheduleOf(schedule)(round - 1, learningRate);

/** How the steps of a training go, as its thread is told. */
export function stepsOf(settings: Settings, round: number) {
  const { epochs, maxBatches, batchSize, loss, optimizer, clipNorm, clipValue } = settings;
  return {
    ...{ epochs, maxBatches, batchSize, loss },
    optimizer: { ...optimizer, learningRate: learningRateOf(settings, round) },
    clipping: { ...(clipNorm && { norm: clipNorm }), ...(clipValue && { value: clipValue }) },
  };
}

/** The objective of a worker's own model: by what it is drawn to the global one, if at all, and no limit of steps. */
export const ownObjective = (objective: Objective, proximalMu?: number): Objective => ({
  ...objective,
  ...{ proximalMu, localSteps: undefined, fullBatch: false },
});

/** The last update of this worker that counted; undefined: none did. */
export const countedIn = ({ countedRound, countedAttempt }: Pick<TrainingWork, "countedRound" | "countedAttempt">) =>
  countedRound === 0 ? undefined : { round: countedRound, attempt: countedAttempt };

/** Tells how far a training is. */
export const trainingOptions = (progress: ProgressReports, round: number, signal: AbortSignal): WorkOptions => ({
  signal,
  onProgress({ done, total, loss }) {
    reached("training", { round, done });
    progress.tell("train", done, total, loss);
  },
});
