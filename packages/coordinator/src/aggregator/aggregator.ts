import {
  type AcceptedUpdate,
  type Aggregation,
  type JobSpec,
  MeanMemory,
  type RoundContext,
  strategyOf,
} from "@tributary/federation";
import type { Graph, GraphParameter } from "@tributary/nn";
import {
  type BlobFolder,
  type BlobRef,
  elementCount,
  encodeParameterHeader,
  reached,
  type WalkedParameter,
  walkParameters,
} from "@tributary/protocol";

/** Numbers of a model that are in memory at once, besides the accumulator: 1 MiB of float32. */
const PART = 256 * 1024;

/**
 * Turns the updates of a round into the next global model. Each update is folded in as it is accepted, one after the other
 * and slice by slice: memory is one accumulator and one slice, whatever the number of workers and of rounds.
 *
 * Only what training changes is aggregated: parameters that are trained, and buffers. The others are those of the model before,
 * bit for bit: a mean rounds values near 0, and nothing that a worker sends in their place may count.
 */
export class Aggregator {
  #cohort: RoundContext["cohort"] = [];
  #aggregation: Aggregation | undefined;
  /** Names of the workers whose updates are in. */
  #folded = new Set<string>();
  /** The work that waits, the last of it: one piece at a time has the memory. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Names of the parameters that stay as they are. */
  readonly #frozen: ReadonlySet<string>;
  readonly #memory: MeanMemory;

  constructor(
    private readonly spec: JobSpec,
    { parameters }: Graph,
    private readonly blobs: BlobFolder,
  ) {
    this.#frozen = new Set(parameters.filter(isFrozen).map(({ name }) => name));
    const changing = parameters.filter((parameter) => !isFrozen(parameter));
    this.#memory = new MeanMemory(changing.reduce((sum, { shape }) => sum + elementCount(shape), 0));
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

  /**
   * Folds in whichever of the updates is not yet in, and keeps the result as a blob.
   * @param before digest of the model that the round began with
   */
  finish(updates: readonly AcceptedUpdate[], before: string): Promise<BlobRef> {
    return this.#inTurn(async () => {
      for (const update of updates) await this.#fold(update);
      return this.blobs.write(this.#encoded(this.#open(), before));
    });
  }

  async #fold({ worker, digest, samples }: AcceptedUpdate): Promise<void> {
    if (this.#folded.has(worker)) return;
    await using blob = await this.blobs.openRead(digest);
    const [memory, frozen] = [this.#memory, this.#frozen];
    const slices = async function* () {
      // Read to where it is added from.
      for await (const { name, slices } of walkParameters(blob, memory.slice)) if (!frozen.has(name)) yield* slices();
    };
    await this.#open().fold({ samples, slices });
    this.#folded.add(worker);
    reached("update-folded", { worker, digest });
  }

  #open(): Aggregation {
    const memory = this.#memory;
    this.#aggregation ??= strategyOf(this.spec).open({
      ...{ spec: this.spec, elements: memory.sums.length, cohort: this.#cohort, memory },
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
  async *#encoded(aggregation: Aggregation, before: string): AsyncGenerator<Uint8Array> {
    await using blob = await this.blobs.openRead(before);
    let offset = 0;
    for await (const parameter of walkParameters(blob, this.#memory.slice)) {
      const { name, shape } = parameter;
      yield encodeParameterHeader(name, shape);
      if (this.#frozen.has(name)) {
        yield* bytesOf(parameter);
        continue;
      }
      const end = offset + elementCount(shape);
      reached("aggregating", { parameter: name });
      for (; offset < end; offset = Math.min(end, offset + PART))
        yield new Uint8Array(aggregation.result(offset, Math.min(end, offset + PART)).buffer);
    }
  }
}

const isFrozen = ({ trainable, buffer }: GraphParameter): boolean => !trainable && !buffer;

async function* bytesOf({ slices }: WalkedParameter): AsyncGenerator<Uint8Array> {
  for await (const { buffer, byteOffset, byteLength } of slices()) yield new Uint8Array(buffer, byteOffset, byteLength);
}
