import { createHash, type Hash } from "node:crypto";
import { constants, type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { TributaryError } from "../errors.js";
import { CHUNK_BYTES, CHUNKS_IN_FLIGHT } from "../events.js";
import { readFully } from "../parameters/byte-source.js";
import { type BlobRef, chunkCount, chunkRange, chunksIn } from "./chunks.js";
import { fileSource, storing, syncFolder, writeFully } from "./files.js";
import { SyncBehind } from "./sync-behind.js";

/** Where a partial blob is kept, and what becomes of it. */
export interface PartialPlace {
  /** The file that what has come is kept in. */
  readonly path: string;
  /** Whether what has come must outlive a loss of power: all but the newest 4 MiB of a transfer, and the whole blob. */
  readonly durable: boolean;
  /** Puts the whole, verified, synced file into its place for good. */
  readonly place: () => Promise<void>;
  /** Told that the file is closed. */
  readonly onClosed: () => void;
  readonly onBytes?: OnBytes | undefined;
}

/**
 * Told of the bytes that come, in order; where they begin. From 0 again when what came was thrown away, and from where they are
 * wanted again when the disk refused them.
 */
export type OnBytes = (bytes: Uint8Array, start: number) => void;

/** A blob of which the first chunks are there. Chunks are appended in order; memory does not grow with the blob. */
export class PartialBlob implements AsyncDisposable {
  #nextIndex: number;
  #hash: Hash;
  /** Appends run one after the other, in the order of their calls. */
  #last: Promise<unknown> = Promise.resolve();
  #finished: boolean;
  #closing: Promise<void> | undefined;
  readonly #behind = new SyncBehind(() => this.#toDisk());
  /** After a sync that failed nobody knows which bytes are there: all of them are wanted again, once whoever sends them was told. */
  #failure: unknown;
  /** Whether the file's name is durable. */
  #named: boolean;
  /** The first chunk that is neither here nor waiting for its turn. */
  #expected: number;
  /** Those who wait for their predecessors, and how many chunks they hold. */
  readonly #early = new Set<() => void>();
  #earlyChunks = 0;

  private constructor(
    readonly ref: BlobRef,
    held: { readonly chunks: number; readonly hash: Hash },
    /** Undefined when the blob is in its place already. */
    private readonly kept?: { readonly file: FileHandle; readonly to: PartialPlace },
  ) {
    this.#nextIndex = held.chunks;
    this.#expected = held.chunks;
    this.#hash = held.hash;
    this.#named = held.chunks > 0;
    this.#finished = kept === undefined;
  }

  /** A blob that is there already: nothing of it needs to come. */
  static complete(ref: BlobRef): PartialBlob {
    return new PartialBlob(ref, { chunks: chunkCount(ref.size), hash: createHash("sha256") });
  }

  /** @throws TributaryError `store_failed` */
  static open(ref: BlobRef, to: PartialPlace): Promise<PartialBlob> {
    return storing("opening a partial blob", async () => {
      const file = await open(to.path, constants.O_RDWR | constants.O_CREAT);
      try {
        const held = await holdWholeChunks(file, ref);
        if (to.durable && held.chunks > 0) {
          await file.sync();
          await syncFolder(dirname(to.path));
        }
        return new PartialBlob(ref, held, { file, to });
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  /** The first chunk that is not here yet; the count of chunks when all are. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /**
   * Adds a few whole chunks from `index` on and returns the next that is wanted. Chunks that are here already are passed over. What
   * came before its predecessors waits for them: they were damaged on their way, and are sent again. No more chunks wait than are on
   * their way at once.
   * @throws TributaryError `chunk_out_of_range` (also: too far ahead), `chunk_invalid`, `upload_unknown` (it was closed), `store_failed`
   */
  async append(index: number, bytes: Uint8Array): Promise<number> {
    const end = index + chunksIn(this.ref.size, index, bytes.byteLength);
    if (this.#isEarly(index, end) && this.#earlyChunks + end - index <= CHUNKS_IN_FLIGHT)
      await this.#untilTurn(index, end);
    if (index <= this.#expected && end > this.#expected) {
      this.#expected = end;
      this.#wakeEarly();
    }
    try {
      const { nextIndex, synced } = await this.#append(index, end, bytes);
      await synced;
      if (this.#failure !== undefined) await this.#inTurn(() => this.#startOver());
      return nextIndex;
    } catch (error) {
      this.#expected = this.#nextIndex;
      throw error;
    }
  }

  #isEarly(index: number, end: number): boolean {
    return index > this.#expected && end <= this.#expected + CHUNKS_IN_FLIGHT;
  }

  /** Waits until the chunks before these are here, or about to be. */
  async #untilTurn(index: number, end: number): Promise<void> {
    this.#earlyChunks += end - index;
    while (this.#isEarly(index, end) && this.#closing === undefined)
      await new Promise<void>((resolve) => this.#early.add(resolve));
    this.#earlyChunks -= end - index;
  }

  /** @returns `synced`: settles when the disk has what it must have by now; others are written meanwhile */
  #append(
    index: number,
    end: number,
    bytes: Uint8Array,
  ): Promise<{ nextIndex: number; synced: Promise<void> | undefined }> {
    return this.#inTurn(async () => {
      await this.#startOver();
      if (end <= this.#nextIndex) return { nextIndex: this.#nextIndex, synced: undefined };
      if (index > this.#nextIndex)
        throw new TributaryError("chunk_out_of_range", `chunk ${index} came, chunk ${this.#nextIndex} is wanted`);
      const { start } = chunkRange(this.ref.size, this.#nextIndex);
      const wanted = bytes.subarray(start - chunkRange(this.ref.size, index).start);
      const hash = this.#hash.copy();
      const written = storing("keeping chunks", () => writeFully(this.#kept.file, wanted, start));
      // While the disk has them.
      hash.update(wanted);
      this.#kept.to.onBytes?.(wanted, start);
      await written;
      this.#hash = hash;
      this.#nextIndex = end;
      return { nextIndex: this.#nextIndex, synced: this.#synced(wanted.byteLength) };
    });
  }

  #wakeEarly(): void {
    const waiting = [...this.#early];
    this.#early.clear();
    for (const wake of waiting) wake();
  }

  /**
   * Verifies the digest and puts the blob into its place; durable when it settles. A second call does nothing.
   * @throws TributaryError `chunk_out_of_range` (chunks are missing), `digest_mismatch` (what came is thrown away),
   *   `upload_unknown` (it was closed), `store_failed`
   */
  finish(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#finished) return;
      const { file, to } = this.#kept;
      await this.#behind.settled();
      await this.#startOver();
      const count = chunkCount(this.ref.size);
      if (this.#nextIndex < count)
        throw new TributaryError("chunk_out_of_range", `${this.#nextIndex} of ${count} chunks have come`);
      // A copy, because a hash that gave its digest gives no other, and `finish` may be tried again when the disk fails.
      if (this.#hash.copy().digest("hex") !== this.ref.digest) {
        await this.#empty(file);
        throw new TributaryError("digest_mismatch", `the content does not match ${this.ref.digest}`);
      }
      await storing("keeping a blob", async () => {
        if (to.durable) await file.sync();
        await to.place();
      });
      this.#finished = true;
    });
  }

  /** Closes the file and forgets what has come. Does nothing when it is closed already. */
  async discard(): Promise<void> {
    this.#closing ??= this.#close({ keep: false });
    this.#wakeEarly();
    await this.#closing;
  }

  /** Closes the file; what has come stays for a later `openPartial`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close({ keep: true });
    this.#wakeEarly();
    await this.#closing;
  }

  async #toDisk(): Promise<void> {
    const { file, to } = this.#kept;
    try {
      await storing("keeping chunks", async () => {
        await file.datasync();
        if (!this.#named) await syncFolder(dirname(to.path));
      });
      this.#named = true;
    } catch (error) {
      this.#failure = error;
    }
  }

  async #empty(file: FileHandle): Promise<void> {
    this.#nextIndex = 0;
    this.#expected = 0;
    this.#hash = createHash("sha256");
    await storing("emptying a partial blob", () => file.truncate(0));
  }

  #synced(bytes: number): Promise<void> | undefined {
    if (!this.kept?.to.durable) return undefined;
    const synced = this.#behind.wrote(bytes);
    synced.catch(() => undefined);
    return synced;
  }

  /** When a sync failed. @throws why it did */
  async #startOver(): Promise<void> {
    const failure = this.#failure;
    if (failure === undefined) return;
    await this.#empty(this.#kept.file);
    this.#failure = undefined;
    throw failure;
  }

  async #close({ keep }: { readonly keep: boolean }): Promise<void> {
    await this.#last;
    await this.#behind.settled();
    if (this.kept === undefined) return;
    const { file, to } = this.kept;
    await storing("closing a partial blob", async () => {
      await file.close();
      if (!keep && !this.#finished) await rm(to.path, { force: true });
    }).finally(to.onClosed);
  }

  get #kept() {
    if (this.kept === undefined) throw new TributaryError("upload_unknown", "the blob is complete already");
    return this.kept;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined)
      return Promise.reject(new TributaryError("upload_unknown", "this transfer was closed"));
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** Cuts what is there to whole chunks and hashes them. */
async function holdWholeChunks(file: FileHandle, ref: BlobRef): Promise<{ chunks: number; hash: Hash }> {
  const { size } = await file.stat();
  const chunks = size >= ref.size ? chunkCount(ref.size) : Math.floor(size / CHUNK_BYTES);
  await file.truncate(Math.min(ref.size, chunks * CHUNK_BYTES));
  const hash = createHash("sha256");
  if (chunks === 0) return { chunks, hash };
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let index = 0; index < chunks; index++) {
    const { start, end } = chunkRange(ref.size, index);
    const chunk = buffer.subarray(0, end - start);
    await readFully(fileSource(file), chunk, start);
    hash.update(chunk);
  }
  return { chunks, hash };
}
