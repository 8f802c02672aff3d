import type { LocalObjective } from "../strategies/objective.js";

/** How much is trained, as an assignment says it. */
interface Amount {
  readonly batchSize: number;
  readonly epochs: number;
  /** 0: whole epochs. */
  readonly maxBatches: number;
  readonly objective: {
    readonly [Term in "proximalMu" | "localSteps" | "fullBatch"]?: LocalObjective[Term] | undefined;
  };
}

/** The same in terms of the loader and the engine. */
export interface TrainingPlan {
  readonly limits: { readonly epochs: number } | { readonly maxBatches: number };
  /** Batches until training ends. */
  readonly total: number;
  readonly stepObjective: {
    readonly proximalMu?: number;
    /** Steps of the optimizer after which training ends. */
    readonly maxSteps?: number;
    /** Samples that a step is made of, over several batches. */
    readonly samplesPerStep?: number;
  };
}

/**
 * What the loader gives and when the engine steps. A step over the whole shard is made of a pass in batches, so that the samples
 * need not be in memory at once; `epochs` and `maxBatches` count such steps then.
 *
 * @param samples of the shard
 */
export function trainingPlan({ batchSize, epochs, maxBatches, objective }: Amount, samples: number): TrainingPlan {
  const { proximalMu, localSteps, fullBatch } = objective;
  const batches = Math.ceil(samples / batchSize);
  const most = localSteps ?? Number.POSITIVE_INFINITY;
  const stepObjective = {
    ...(proximalMu !== undefined && { proximalMu }),
    ...(localSteps !== undefined && { maxSteps: localSteps }),
    ...(fullBatch && { samplesPerStep: samples }),
  };
  if (fullBatch) {
    const passes = Math.min(most, maxBatches > 0 ? maxBatches : epochs);
    return { limits: { epochs: passes }, total: passes * batches, stepObjective };
  }
  const limits = maxBatches > 0 ? { maxBatches } : { epochs };
  return { limits, total: Math.min(most, maxBatches > 0 ? maxBatches : epochs * batches), stepObjective };
}
