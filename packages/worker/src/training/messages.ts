import type { BackendName, Clipping, LossSettings, OptimizerSettings } from "@tributary/engine";
import type { Graph } from "@tributary/nn";
import type { Objective } from "../work.js";

/** What the training thread is started with. */
export interface ThreadSettings {
  readonly dataDir: string;
  readonly threads: number;
  readonly backend?: BackendName;
  /** Files of plug-ins. */
  readonly plugins: readonly string[];
}

/** What the training thread is asked. Models travel as encoded parameter sets, so that the socket's thread never decodes one. */
export type ThreadRequest =
  /** Open the backend and the shard, and say what they are. */
  | { readonly kind: "open" }
  | {
      readonly kind: "train";
      readonly graph: Graph;
      readonly model: Uint8Array;
      readonly seed: number;
      /** Names the streams of this work: [round, worker]. */
      readonly streamName: readonly (string | number)[];
      readonly loss: LossSettings;
      readonly optimizer: OptimizerSettings;
      readonly clipping: Clipping;
      readonly batchSize: number;
      readonly epochs: number;
      /** 0: whole epochs. */
      readonly maxBatches: number;
      readonly objective: Objective;
      /** Added to the gradient of each step: a parameter set, encoded. */
      readonly correction?: Uint8Array | undefined;
      /** Places in the shard of the samples that are trained on. Absent: all. */
      readonly samples?: Int32Array | undefined;
    }
  | {
      readonly kind: "evaluate";
      readonly graph: Graph;
      readonly model: Uint8Array;
      readonly loss: LossSettings;
      readonly batchSize: number;
      /** Places in the shard of the samples that it is scored on. Absent: all. */
      readonly samples?: Int32Array | undefined;
    };

export interface Opened {
  readonly kind: "opened";
  readonly backend: string;
  readonly version: string;
  readonly threads: number;
  /** Names of the ops that the backend trains, those of plug-ins too. */
  readonly ops: readonly string[];
}

export interface Trained {
  readonly kind: "trained";
  /** The trained parameters, encoded. */
  readonly update: Uint8Array;
  readonly loss: number;
  readonly accuracy: number;
  /** Steps that the optimizer took. */
  readonly batches: number;
  readonly samplesSeen: number;
}

export interface Evaluated {
  readonly kind: "evaluated";
  readonly samples: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly confusion: Uint32Array;
}

export type ThreadResult = Opened | Trained | Evaluated;

export interface ThreadProgress {
  readonly done: number;
  readonly total: number;
  readonly loss: number;
}
