import type { Dataset, Transform } from "@tributary/data";
import type { BackendName } from "@tributary/engine";
import type { FineTuning, JobSpec, PersonalModel, StrategySpec, TrainingSpec } from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";

/** What an engine's thread is started with. Samples lie in memory that all threads share. */
export interface EngineSettings {
  readonly graph: Graph;
  readonly seed: number;
  readonly training: TrainingSpec;
  readonly strategy: StrategySpec;
  readonly schedules: JobSpec["schedules"];
  /** What the shards are parts of. */
  readonly dataset: Dataset;
  /** What models are scored on. Absent: they are not. */
  readonly heldOut: Dataset | undefined;
  /** What is done to the samples that are trained on. Absent: they are normalised. */
  readonly transforms: readonly Transform[] | undefined;
  /** Samples that are scored at a time. */
  readonly evaluationBatchSize: number;
  readonly backend: BackendName | undefined;
  /** Files of plug-ins. */
  readonly plugins: readonly string[];
}

/** What an engine is asked. `model` is all parameters in the graph's order, in shared memory. */
export type EngineRequest =
  /** Open the backend, and say what it is. */
  | { readonly kind: "open" }
  | {
      readonly kind: "train";
      readonly worker: string;
      readonly round: number;
      /** Places in the data set of the samples that the worker holds. */
      readonly shard: Int32Array;
      /** Passes over it. Absent: as the job says. */
      readonly epochs?: number;
      /** The labels that they are trained under, one a sample of the shard. Absent: those of the data set. */
      readonly labels?: Int32Array;
      readonly model: Float32Array;
      /** Added to the gradient of each step. Absent: nothing. */
      readonly correction?: ParameterSet | undefined;
      /** The worker's own model is trained. Absent: the global one. */
      readonly personal?: PersonalModel | undefined;
      /** A model of the worker's own is made of it after the last round. Absent: none is. */
      readonly fineTuning?: Omit<FineTuning, "isScheduled"> & { readonly layers?: readonly string[] | undefined };
    }
  | {
      readonly kind: "evaluate";
      readonly model: Float32Array;
      /** Places in the data set of the samples that it is scored on. Absent: what is held out. */
      readonly samples?: Int32Array | undefined;
    };

export interface Opened {
  readonly kind: "opened";
  readonly backend: string;
  /** Names of the ops that it trains. */
  readonly ops: readonly string[];
}

export interface Trained {
  readonly kind: "trained";
  /** All parameters, as `model`. */
  readonly values: Float32Array;
  /** Mean over the samples seen. */
  readonly loss: number;
  /** 0 to 1. */
  readonly accuracy: number;
  readonly batches: number;
  readonly samplesSeen: number;
  /** How long it took, ms. */
  readonly trainMs: number;
}

export interface Evaluated {
  readonly kind: "evaluated";
  readonly samples: number;
  /** Mean over the samples. */
  readonly loss: number;
  /** 0 to 1. */
  readonly accuracy: number;
  /** classes * classes counts, row: label, column: prediction. */
  readonly confusion: Uint32Array;
}

export type EngineResult = Opened | Trained | Evaluated;
