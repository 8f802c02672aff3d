import type { JobSpecInput, StopReason } from "@tributary/federation";
import { Flatten, Linear, ReLU, sequential, trace } from "@tributary/nn";
import type { TrainingDuration } from "@tributary/simulation";

/** A job that is run deployed and simulated, and what it is simulated with: that changes no byte. */
export interface SimulatedJob {
  readonly change: Partial<JobSpecInput>;
  /** Default 1. */
  readonly engines?: number;
  readonly trainingDuration?: TrainingDuration;
  /** What ends it, of its rounds' last one; default: that. */
  readonly reason?: StopReason;
  /** How many updates count in each round; absent: that is no matter. */
  readonly updates?: readonly number[];
}

const network = trace(sequential(new Flatten(), new Linear(784, 8), new ReLU(), new Linear(8, 10)), [1, 28, 28]);

/** Little to compute: three rounds that nobody scores, of the parameters that `strategiesForThree` names. */
export const smallest = {
  model: { graph: { ...network } },
  rounds: 3,
  training: { batchSize: 16, maxBatches: 3, learningRate: 0.05 },
  evaluation: { every: 0 },
} as const satisfies Partial<JobSpecInput>;
