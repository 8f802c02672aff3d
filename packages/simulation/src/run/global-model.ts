import {
  type AcceptedUpdate,
  type JobSpec,
  type ModelVersion,
  mayBeEvaluated,
  modelCodecOf,
  packModel,
  type RoundContext,
  stalenessIn,
  updateName,
  vectorsAlong,
} from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { type BlobRef, digestOf, encodeParameters, hex, type ParameterSet, TributaryError } from "@tributary/protocol";
import { type Kept, MemoryAggregator } from "../aggregator/memory-aggregator.js";
import { parametersIn, sharedVector } from "../aggregator/vector.js";
import type { Answer } from "./virtual-worker.js";

/** What came of an assignment, and the version that it began with. */
export interface Trained extends Answer {
  readonly model?: Float32Array;
}

/** The global model in memory, and what the updates of a round make of it. */
export class GlobalModel {
  readonly #aggregator: MemoryAggregator;
  /** The newest version, and memory for the next one. */
  #values: Float32Array;
  #spare: Float32Array;
  #kept: Kept = new Map();
  /** Updates of an asynchronous job that no version is made of yet. */
  readonly #held = new Map<string, Trained>();
  /** Updates that are scored after the round, by worker. */
  readonly #toScore = new Map<string, Float32Array>();

  constructor(
    private readonly spec: JobSpec,
    private readonly graph: Graph,
  ) {
    this.#aggregator = new MemoryAggregator(spec, graph);
    this.#values = sharedVector(graph);
    this.#spare = sharedVector(graph);
  }

  /** All parameters one after the other, in memory that changes with the next round. */
  get values(): Float32Array {
    return this.#values;
  }

  /** The vectors that go to workers with it; undefined: there are none. */
  get sent(): ParameterSet | undefined {
    return this.#aggregator.sent(this.#kept);
  }

  /** An attempt at a round begins. */
  open(round: number, cohort: RoundContext["cohort"]): void {
    this.#aggregator.open({ round, cohort, before: this.#values, kept: this.#kept });
  }

  /** Folds an update in, as a change of the version that it began with. @param round that it counts in */
  async fold(round: number, update: AcceptedUpdate, { values, returned = [], model }: Partial<Trained>): Promise<void> {
    if (values === undefined) throw new TributaryError("internal", `an update of ${update.worker} has no values`);
    const staleness = stalenessIn(round, update);
    const past = model === undefined || staleness === 0 ? undefined : { staleness, model };
    await this.#aggregator.fold({ ...update, worker: updateName(update), values, returned, past });
    if (this.spec.evaluation.updates && mayBeEvaluated(this.spec, round)) this.#toScore.set(update.worker, values);
  }

  /** Holds an update of an asynchronous job until `foldHeld`. @param name as `updateName` has it */
  hold(name: string, answer: Trained): void {
    this.#held.set(name, answer);
  }

  /** Folds the updates of a full buffer in. */
  async foldHeld(round: number, updates: readonly AcceptedUpdate[]): Promise<void> {
    for (const update of updates) await this.fold(round, update, this.#held.get(updateName(update)) ?? {});
  }

  /** Forgets an update that was held. */
  letGo(name: string): void {
    this.#held.delete(name);
  }

  /**
   * Makes the next version of what was folded in.
   *
   * @param isRead whether somebody goes on with the one before, whose memory is then not used again
   */
  async next(round: number, isRead: boolean): Promise<ModelVersion> {
    this.#kept = await this.#aggregator.finish(this.#spare);
    [this.#values, this.#spare] = [this.#spare, isRead ? sharedVector(this.graph) : this.#values];
    return this.version(round);
  }

  /** The newest version. @param round that made it */
  version(round: number): ModelVersion {
    const parameters = parametersIn(this.graph, this.#values);
    const codec = modelCodecOf(this.spec);
    const packed = codec && { packed: refOf(packModel(codec, parameters)) };
    const along = this.#kept.size > 0 ? vectorsAlong(this.spec, this.graph) : {};
    return { round, ...refOf(encodeParameters(parameters)), ...packed, ...along };
  }

  /** The values that are to be scored: of the model, or of a worker's update in the round. @param subject "": the model */
  scored(subject: string): Float32Array | undefined {
    return subject === "" ? this.#values : this.#toScore.get(subject);
  }

  /** A round is over: its updates are not scored any more. */
  close(): void {
    this.#toScore.clear();
  }
}

const refOf = (bytes: Uint8Array): BlobRef => ({ digest: hex(digestOf(bytes)), size: bytes.byteLength });
