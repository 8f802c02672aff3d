import {
  type AcceptedUpdate,
  type Aggregation,
  type Codec,
  type JobSpec,
  MeanMemory,
  modelCodecOf,
  partName,
  partsOfUpdate,
  type RoundContext,
  roundedForTravel,
  type Strategy,
  seatsOf,
  specAt,
  stalenessIn,
  strategyOf,
  updateName,
  type Vector,
} from "@tributary/federation";
import { type Graph, type GraphParameter, isFrozen } from "@tributary/nn";
import {
  type BlobFolder,
  type BlobRef,
  elementCount,
  encodeParameterHeader,
  reached,
  TributaryError,
  type WalkedParameter,
  walkParameters,
} from "@tributary/protocol";
import { VectorLayout } from "./vector-layout.js";

/** Numbers of a model that are in memory at once, besides the accumulator: 1 MiB of float32. */
const PART = 256 * 1024;

/** What a round begins with. */
export interface Opening {
  readonly cohort: RoundContext["cohort"];
  /** Counted from 1. */
  readonly round: number;
  /** Digest of the global model. */
  readonly before: string | undefined;
  /** Digest of what the strategy kept after the round before. */
  readonly state?: string | undefined;
}

/** What a round ends with. */
export interface Finished {
  readonly model: BlobRef;
  /**
   * What the strategy keeps for the next round: a parameter set in which "momentum/conv1.weight" is the part of the vector
   * `momentum` that belongs to `conv1.weight`. Absent: it keeps nothing.
   */
  readonly state?: BlobRef;
}

/**
 * Turns the updates of a round into the next global model. Each update is folded in as it is accepted, one after the other.
 * A strategy that streams takes it slice by slice: memory is one accumulator and one slice, whatever the number of workers and
 * of rounds. One that needs all updates reads windows of their blobs when the round is full.
 *
 * Only what training changes is aggregated: parameters that are trained, and buffers. The others are those of the model before,
 * bit for bit: a mean rounds values near 0, and nothing that a worker sends in their place may count.
 */
export class Aggregator {
  #opening: Opening = { cohort: [], round: 0, before: undefined };
  #aggregation: Aggregation | undefined;
  #isComplete = false;
  /** Names of the updates that are in. */
  #folded = new Set<string>();
  /** The work that waits, the last of it: one piece at a time has the memory. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Names of the parameters that stay as they are. */
  readonly #frozen: ReadonlySet<string>;
  readonly #changing: readonly GraphParameter[];
  /** What of it lasts as long as the job; its numbers may follow a schedule. */
  readonly #strategy: Strategy;
  readonly #layout: VectorLayout;
  /** Of an update, and of the vectors that come in it besides the model, by name. */
  readonly #updateLayout: VectorLayout;
  readonly #extraLayouts: ReadonlyMap<string, VectorLayout>;
  /** Of the blob of the state. */
  readonly #stateLayout: VectorLayout;
  readonly #memory: MeanMemory;
  /** What the numbers of the model are rounded to; undefined: they are as they come. */
  readonly #modelCodec: Codec | undefined;

  constructor(
    private readonly spec: JobSpec,
    { parameters }: Graph,
    private readonly blobs: BlobFolder,
  ) {
    this.#strategy = strategyOf(spec);
    this.#modelCodec = modelCodecOf(spec);
    this.#frozen = new Set(parameters.filter(isFrozen).map(({ name }) => name));
    this.#changing = parameters.filter((parameter) => !isFrozen(parameter));
    this.#layout = new VectorLayout(parameters.map((entry) => ({ ...entry, counts: !isFrozen(entry) })));
    this.#stateLayout = new VectorLayout(
      this.#strategy.state.flatMap((vector) =>
        this.#changing.map((entry) => ({ ...entry, name: partName(vector, entry.name), counts: true })),
      ),
    );
    const { returns = [] } = this.#strategy.objective;
    const parts = partsOfUpdate({ parameters }, returns);
    const layoutOf = (counting: readonly string[]) => {
      const names = new Set(counting);
      return new VectorLayout(
        parts.map(({ name, shape }) => ({ name, shape, buffer: false, counts: names.has(name) })),
      );
    };
    const own = this.#changing.map(({ name }) => name);
    this.#updateLayout = layoutOf(own);
    this.#extraLayouts = new Map(
      returns.map((vector) => [vector, layoutOf(own.map((name) => partName(vector, name)))]),
    );
    this.#memory = new MeanMemory(this.#layout.elements);
  }

  /** An attempt at a round begins, from nothing. */
  open(opening: Opening): void {
    this.#inTurn(async () => {
      this.#opening = opening;
      this.#startOver();
    });
  }

  /** Begins to fold an accepted update in. What fails here is tried again by `finish`. */
  add(update: AcceptedUpdate): void {
    this.#inTurn(() => this.#fold(update).catch(() => this.#startOver()));
  }

  /**
   * Folds in whichever of the updates is not yet in, and keeps the result as blobs. May be tried again.
   *
   * @throws TributaryError what the strategy throws; `store_failed`, `disk_full`
   */
  finish(updates: readonly AcceptedUpdate[]): Promise<Finished> {
    return this.#inTurn(async () => {
      try {
        for (const update of updates) await this.#fold(update);
        const aggregation = this.#open();
        if (!this.#isComplete) await aggregation.complete();
        this.#isComplete = true;
        const model = await this.blobs.write(this.#encoded(aggregation));
        if (this.#strategy.state.length === 0) return { model };
        return { model, state: await this.blobs.write(this.#encodedState(aggregation)) };
      } catch (error) {
        // What is in was added in part, perhaps.
        this.#startOver();
        throw error;
      }
    });
  }

  async #fold(update: AcceptedUpdate): Promise<void> {
    const { worker, digest, samples, metrics, began } = update;
    const name = updateName(update);
    if (this.#folded.has(name)) return;
    const { batches: localSteps, loss } = metrics;
    const extra = Object.fromEntries(
      [...this.#extraLayouts].map(([name, layout]) => [name, this.#vectorOf(digest, layout)]),
    );
    const vector = this.#vectorOf(digest, this.#updateLayout);
    const staleness = stalenessIn(this.#opening.round, update);
    const base = staleness === 0 || began === undefined ? undefined : this.#vectorOf(began.digest, this.#layout).read;
    await this.#open().fold({ worker: name, samples, localSteps, loss, staleness, base, extra, ...vector });
    this.#folded.add(name);
    reached("update-folded", { worker, digest });
  }

  /** A vector of an update. One walk at a time has the memory. */
  #vectorOf(digest: string, layout: VectorLayout): Vector {
    const [blobs, memory] = [this.blobs, this.#memory];
    return {
      async *slices() {
        await using blob = await blobs.openRead(digest);
        // Read to where it is added from.
        for await (const { name, slices } of walkParameters(blob, memory.slice)) if (layout.has(name)) yield* slices();
      },
      read: (start, end) => layout.read(blobs, digest, start, end),
    };
  }

  #open(): Aggregation {
    const { round } = this.#opening;
    const cohort = this.#strategy.asynchronous === undefined ? this.#opening.cohort : seatsOf(this.#strategy);
    const { elements, parameters } = this.#layout;
    const spec = specAt(this.spec, round);
    this.#aggregation ??= strategyOf(spec).open({
      ...{ spec, round, elements, parameters, cohort, memory: this.#memory },
      before: (start, end) => this.#layout.read(this.blobs, this.#before(), start, end),
      kept: async (name, start, end) => {
        const { state } = this.#opening;
        const from = this.#strategy.state.indexOf(name) * elements;
        return state === undefined ? undefined : this.#stateLayout.read(this.blobs, state, from + start, from + end);
      },
    });
    return this.#aggregation;
  }

  #before(): string {
    const { before, round } = this.#opening;
    if (before === undefined) throw new TributaryError("internal", `round ${round} began without a model`);
    return before;
  }

  #startOver(): void {
    this.#aggregation = undefined;
    this.#isComplete = false;
    this.#folded = new Set();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }

  /** The next model's blob, in parts: it is never in memory whole. */
  async *#encoded(aggregation: Aggregation): AsyncGenerator<Uint8Array> {
    await using blob = await this.blobs.openRead(this.#before());
    let offset = 0;
    for await (const parameter of walkParameters(blob, this.#memory.slice)) {
      const { name, shape } = parameter;
      yield encodeParameterHeader(name, shape);
      if (this.#frozen.has(name)) {
        yield* bytesOf(parameter);
        continue;
      }
      reached("aggregating", { parameter: name });
      for (const [start, end] of partsOf(offset, elementCount(shape))) {
        const { model } = await aggregation.result(start, end);
        yield bytesIn(this.#modelCodec === undefined ? model : roundedForTravel(this.#modelCodec, shape, model));
      }
      offset += elementCount(shape);
    }
  }

  /** The blob of what the strategy keeps. */
  async *#encodedState(aggregation: Aggregation): AsyncGenerator<Uint8Array> {
    for (const vector of this.#strategy.state) {
      let offset = 0;
      for (const { name, shape } of this.#changing) {
        yield encodeParameterHeader(partName(vector, name), shape);
        for (const [start, end] of partsOf(offset, elementCount(shape))) {
          const values = (await aggregation.result(start, end)).state?.[vector];
          if (values === undefined) throw new TributaryError("internal", `the strategy keeps no ${vector}`);
          yield bytesIn(values);
        }
        offset += elementCount(shape);
      }
    }
  }
}

function* partsOf(start: number, elements: number): Generator<[number, number]> {
  for (let at = start; at < start + elements; at += PART) yield [at, Math.min(start + elements, at + PART)];
}

const bytesIn = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

async function* bytesOf({ slices }: WalkedParameter): AsyncGenerator<Uint8Array> {
  for await (const values of slices()) yield bytesIn(values);
}
