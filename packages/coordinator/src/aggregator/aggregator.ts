import {
  type AcceptedUpdate,
  type Aggregation,
  type JobSpec,
  type RoundContext,
  strategyOf,
} from "@tributary/federation";
import { type Graph, parameterCount } from "@tributary/nn";
import {
  type BlobFolder,
  type BlobRef,
  elementCount,
  encodeParameterHeader,
  newSlice,
  walkParameters,
} from "@tributary/protocol";

/** Numbers of a model that are in memory at once, besides the accumulator: 1 MiB of float32. */
const PART = 256 * 1024;

/**
 * Turns the updates of a round into the next global model. Each update is folded in as it is accepted, one after the other
 * and slice by slice: memory is one accumulator and one slice, whatever the number of workers and of rounds.
 */
export class Aggregator {
  #cohort: RoundContext["cohort"] = [];
  #aggregation: Aggregation | undefined;
  /** Names of the workers whose updates are in. */
  #folded = new Set<string>();
  /** The work that waits, the last of it: one piece at a time has the memory. */
  #tail: Promise<unknown> = Promise.resolve();
  readonly #accumulator: Float64Array;
  readonly #slice = newSlice();

  constructor(
    private readonly spec: JobSpec,
    private readonly graph: Graph,
    private readonly blobs: BlobFolder,
  ) {
    this.#accumulator = new Float64Array(parameterCount(graph));
  }

  /** An attempt at a round begins, from nothing. */
  open(cohort: RoundContext["cohort"]): void {
    this.#inTurn(async () => {
      this.#cohort = cohort;
      this.#startOver();
    });
  }

  /** Begins to fold an accepted update in. What fails here is tried again by `finish`. */
  add(update: AcceptedUpdate): void {
    this.#inTurn(() => this.#fold(update).catch(() => this.#startOver()));
  }

  /** Folds in whichever of the updates is not yet in, and keeps the result as a blob. */
  finish(updates: readonly AcceptedUpdate[]): Promise<BlobRef> {
    return this.#inTurn(async () => {
      for (const update of updates) await this.#fold(update);
      return this.blobs.write(this.#encoded(this.#open()));
    });
  }

  async #fold({ worker, digest, samples }: AcceptedUpdate): Promise<void> {
    if (this.#folded.has(worker)) return;
    await using blob = await this.blobs.openRead(digest);
    const slice = this.#slice;
    const slices = async function* () {
      for await (const parameter of walkParameters(blob, slice)) yield* parameter.slices();
    };
    await this.#open().fold({ samples, slices });
    this.#folded.add(worker);
  }

  #open(): Aggregation {
    const memory = this.#accumulator;
    this.#aggregation ??= strategyOf(this.spec).open({
      ...{ spec: this.spec, elements: memory.length, cohort: this.#cohort, memory },
    });
    return this.#aggregation;
  }

  #startOver(): void {
    this.#aggregation = undefined;
    this.#folded = new Set();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }

  /** The next model's blob, in parts: it is never in memory whole. */
  *#encoded(aggregation: Aggregation): Generator<Uint8Array> {
    let offset = 0;
    for (const { name, shape } of this.graph.parameters) {
      yield encodeParameterHeader(name, shape);
      const end = offset + elementCount(shape);
      for (; offset < end; offset = Math.min(end, offset + PART))
        yield new Uint8Array(aggregation.result(offset, Math.min(end, offset + PART)).buffer);
    }
  }
}
