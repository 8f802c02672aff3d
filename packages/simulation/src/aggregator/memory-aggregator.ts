import {
  type Aggregation,
  type JobSpec,
  MeanMemory,
  modelCodecOf,
  type RoundContext,
  roundedForTravel,
  type Strategy,
  specAt,
  strategyOf,
  type UpdateMetrics,
  type Vector,
} from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { type ParameterSet, TributaryError } from "@tributary/protocol";
import { ChangingPart } from "./changing-part.js";

/** Numbers of a result that are asked for at a time, as the coordinator does. */
const PART = 256 * 1024;

/** What a strategy keeps from one round to the next, by its names. */
export type Kept = ReadonlyMap<string, Float32Array>;

/** What a round begins with. */
export interface Opening {
  readonly cohort: RoundContext["cohort"];
  /** Counted from 1. */
  readonly round: number;
  /** The global model: all parameters, one after the other. It may not change until the round ended. */
  readonly before: Float32Array;
  /** Empty before the first round. */
  readonly kept: Kept;
}

/** An update that passed admission. */
export interface VirtualUpdate {
  readonly worker: string;
  readonly samples: number;
  readonly metrics: Pick<UpdateMetrics, "batches" | "loss">;
  /** All parameters, one after the other. */
  readonly values: Float32Array;
  /** The parts of the vectors that come besides the model, as `partsOfUpdate` has them. Absent: there are none. */
  readonly returned?: ParameterSet | undefined;
  /** Versions that were made since the one that it began with, and that one. Absent: it began with the model of the round. */
  readonly past?: { readonly staleness: number; readonly model: Float32Array } | undefined;
}

/**
 * The coordinator's aggregator for models in memory. A strategy that streams has one accumulator, used again round after round,
 * and an update may go as soon as it is folded in; one that needs all updates holds them until the round ends.
 */
export class MemoryAggregator {
  /** What of it lasts as long as the job; its numbers may follow a schedule. */
  readonly #strategy: Strategy;
  readonly #changing: ChangingPart;
  readonly #memory: MeanMemory;
  #opening: Opening | undefined;
  #aggregation: Aggregation | undefined;

  constructor(
    private readonly spec: JobSpec,
    graph: Graph,
  ) {
    this.#strategy = strategyOf(spec);
    this.#changing = new ChangingPart(graph);
    this.#memory = new MeanMemory(this.#changing.elements);
  }

  /** An attempt at a round begins, from nothing. */
  open(opening: Opening): void {
    this.#opening = opening;
    this.#aggregation = undefined;
  }

  /** @throws TributaryError what the strategy throws */
  async fold({ worker, samples, metrics, values, returned = [], past }: VirtualUpdate): Promise<void> {
    const { batches: localSteps, loss } = metrics;
    const vector = this.#changing.vectorOf(values);
    const { returns = [] } = this.#strategy.objective;
    const extra = Object.fromEntries(
      returns.map((name) => [name, wholeVector(this.#changing.gathered(name, returned))]),
    );
    const { staleness = 0, model } = past ?? {};
    const base = model && this.#changing.vectorOf(model).read;
    await this.#opened().fold({ worker, samples, localSteps, loss, staleness, base, extra, ...vector });
  }

  /**
   * Ends the round.
   *
   * @param model gets all parameters of the next global model
   * @returns what the strategy keeps
   * @throws TributaryError what the strategy throws; `conflict` when nothing was folded in
   */
  async finish(model: Float32Array): Promise<Kept> {
    const aggregation = this.#opened();
    await aggregation.complete();
    const { elements, runs } = this.#changing;
    const codec = modelCodecOf(this.spec);
    const kept = new Map(this.#strategy.state.map((name) => [name, new Float32Array(elements)]));
    model.set(this.#begun().before);
    for (const run of runs)
      for (let from = 0; from < run.elements; from += PART) {
        const start = run.start + from;
        const part = await aggregation.result(start, Math.min(start - from + run.elements, start + PART));
        model.set(codec === undefined ? part.model : roundedForTravel(codec, run.shape, part.model), run.at + from);
        for (const [name, values] of kept) values.set(partOf(part.state, name), start);
      }
    this.#aggregation = undefined;
    return kept;
  }

  /** The vectors that go to workers with the model; undefined before there are any. */
  sent(kept: Kept): ParameterSet | undefined {
    const { sends = [] } = this.#strategy.objective;
    const there = sends.flatMap((name) => {
      const values = kept.get(name);
      return values === undefined ? [] : this.#changing.partsOf(name, values);
    });
    return there.length === 0 ? undefined : there;
  }

  #opened(): Aggregation {
    this.#aggregation ??= this.#open(this.#begun());
    return this.#aggregation;
  }

  #open({ cohort, round, before, kept }: Opening): Aggregation {
    const { elements, parameters } = this.#changing;
    const spec = specAt(this.spec, round);
    return strategyOf(spec).open({
      ...{ spec, round, elements, parameters, cohort, memory: this.#memory },
      before: async (start, end) => this.#changing.read(before, start, end),
      kept: async (name, start, end) => kept.get(name)?.slice(start, end),
    });
  }

  #begun(): Opening {
    if (this.#opening === undefined) throw new TributaryError("internal", "no round is open");
    return this.#opening;
  }
}

function partOf(state: Readonly<Record<string, Float32Array>> | undefined, name: string): Float32Array {
  const part = state?.[name];
  if (part === undefined) throw new TributaryError("internal", `the strategy keeps no ${name}`);
  return part;
}

const wholeVector = (values: Float32Array): Vector => ({
  async *slices() {
    yield values;
  },
  read: async (start, end) => values.slice(start, end),
});
