import type { Graph } from "@tributary/nn";
import type { MeanMemory } from "../aggregation/mean-memory.js";
import type { TrainingSpec } from "../job/training-spec.js";
import type { LocalObjective } from "./objective.js";

/** Values of a vector from `start` up to and without `end`, in memory of their own. */
export type ReadPart = (start: number, end: number) => Promise<Float32Array>;

/** A vector of the model's length that is not in memory whole. It may be walked and read as often as is needed. */
export interface Vector {
  /** The values in the model's order. A slice is valid until the next one is asked for. */
  slices(): AsyncIterable<Float32Array>;
  readonly read: ReadPart;
}

/** What is folded in: one update that passed admission. */
export interface Contribution extends Vector {
  /** The worker's name, in an asynchronous job with that of its assignment: unlike those of all other contributions of the round. */
  readonly worker: string;
  /** Samples that the worker holds, n_k. */
  readonly samples: number;
  /** Workers whose mean it is. Absent: it is the update of one. */
  readonly members?: number | undefined;
  /** Steps that the worker's optimizer took, τ_k; at least 1 is taken for it. */
  readonly localSteps: number;
  /** Mean training loss, which stands for F_k of the model that the worker began with. */
  readonly loss: number;
  /** Versions that the global model is ahead of the one that the worker began with, 0 where rounds have a barrier. */
  readonly staleness: number;
  /** The model that the worker began with; absent: the one that the round began with. */
  readonly base?: ReadPart | undefined;
  /** Vectors that come with the model, by the names in `objective.returns`. */
  readonly extra: Readonly<Record<string, Vector>>;
}

/** A parameter as it lies in the vector of the model. */
export interface LaidParameter {
  /** PyTorch's name: "conv1.weight". */
  readonly name: string;
  /** How many numbers it is. */
  readonly elements: number;
  /** A running mean and its like: averaged, but never moved by an optimizer of the server. */
  readonly buffer: boolean;
}

/** What a strategy may know of a job. */
export interface RoundSpec {
  readonly seed: number;
  readonly training: TrainingSpec;
  readonly admission: { readonly maxAbs: number };
}

/** What a strategy knows when a round opens. */
export interface RoundContext {
  readonly spec: RoundSpec;
  /** Counted from 1. */
  readonly round: number;
  /** How many numbers a model is, of those that training changes. */
  readonly elements: number;
  /** The parameters in the model's order; together they have `elements` numbers. */
  readonly parameters: readonly LaidParameter[];
  /** Samples that each selected worker holds. In an asynchronous job as many nameless ones as the buffer has places. */
  readonly cohort: readonly { readonly worker: string; readonly samples: number }[];
  /** Workers that were selected. Absent: as many as the cohort has, whose members are no workers where a wrapper makes means of them. */
  readonly selected?: number;
  /** Memory for `elements` that no other aggregation uses any more, so that rounds need not make garbage of a model's size. */
  readonly memory?: MeanMemory | undefined;
  /** The model that the round began with. */
  readonly before: ReadPart;
  /** What the strategy kept after the round before, by name; undefined: it kept nothing yet. */
  kept(name: string, start: number, end: number): Promise<Float32Array | undefined>;
}

/** A part of what a round ends with. All lists are of one length. */
export interface ModelPart {
  /** Values of the next global model. */
  readonly model: Float32Array<ArrayBuffer>;
  /** What is kept for the next round, under each name of `strategy.state`. */
  readonly state?: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
}

/** One round's aggregation. Its bytes may not depend on the order in which updates are folded in. */
export interface Aggregation {
  /**
   * Adds one update. After a rejection the aggregation is of no further use, and has no result.
   *
   * @throws what the vectors throw; TributaryError `update_shape_mismatch`, `update_out_of_range`, `sample_count_invalid` when
   * the update is not what admission lets pass
   */
  fold(contribution: Contribution): Promise<void>;
  /**
   * All updates are in. Called once, before the first `result`.
   *
   * @throws TributaryError `conflict` when they are too few for the rule; what the vectors throw
   */
  complete(): Promise<void>;
  /**
   * What the round ends with, from `start` up to and without `end`. The same part may be asked for again.
   *
   * @throws TributaryError `conflict` when no update was added, or one in part only
   */
  result(start: number, end: number): Promise<ModelPart>;
}

/** How a strategy works without a barrier: workers go on from the newest version at once when their update is in. */
export interface Asynchronous {
  /** Updates that make a new version. */
  readonly bufferSize: number;
  /** An update is not taken when its worker began more versions ago. */
  readonly maximumStaleness: number;
}

/** What a strategy may look at before a job is taken. */
export interface NewJob {
  readonly training: TrainingSpec;
  readonly cohort: { readonly size?: number | undefined };
  /** The network that it trains. */
  readonly graph: Graph;
}

/** The rule that turns updates into the next global model, with its settings. */
export interface Strategy {
  /** As in `strategy.kind` of a JobSpec. */
  readonly kind: string;
  /** Names of the vectors that are kept between rounds: float32, of the model's length, part of the checkpoint. */
  readonly state: readonly string[];
  /** What all elements of each of these vectors are at first. */
  readonly initial: Readonly<Record<string, number>>;
  /** Least updates that the rule can make a model of. */
  readonly least: number;
  /** Most updates that the rule has memory or time for; undefined: as many as there are. */
  readonly most: number | undefined;
  /** What the rule asks of workers. */
  readonly objective: LocalObjective;
  /** Undefined: the rule works in rounds. */
  readonly asynchronous: Asynchronous | undefined;
  /** Why the rule can't do for a job what it says, naming the setting: "training.optimizer: …"; undefined: it can. */
  unfitFor(job: NewJob): string | undefined;
  /** @throws TributaryError `conflict` when the rule can't work with this cohort */
  open(round: RoundContext): Aggregation;
}
