import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { TributaryError } from "../errors.js";
import { CHUNK_BYTES } from "../events.js";
import { type BlobRef, chunkCount, chunkRange } from "./chunks.js";
import { writeFully } from "./files.js";

/** A blob of which the first chunks are there. Chunks are appended in order; memory does not grow with the blob. */
export class PartialBlob implements AsyncDisposable {
  #nextIndex: number;
  #hash: Hash;
  /** Appends run one after the other, in the order of their calls. */
  #last: Promise<unknown> = Promise.resolve();
  #finished: boolean;

  private constructor(
    readonly ref: BlobRef,
    private readonly path: string,
    private readonly file: FileHandle | undefined,
    private readonly place: () => Promise<void>,
    held: { readonly chunks: number; readonly hash: Hash },
  ) {
    this.#nextIndex = held.chunks;
    this.#hash = held.hash;
    this.#finished = file === undefined;
  }

  /** @param complete the blob is there whole already, and nothing needs to come */
  static async open(path: string, ref: BlobRef, complete: boolean, place: () => Promise<void>): Promise<PartialBlob> {
    if (complete)
      return new PartialBlob(ref, path, undefined, place, { chunks: chunkCount(ref.size), hash: createHash("sha256") });
    const file = await openOrCreate(path);
    const held = await holdWholeChunks(file, ref);
    return new PartialBlob(ref, path, file, place, held);
  }

  /** The first chunk that is not here yet; the count of chunks when all are. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /**
   * Adds chunk `index` and returns the next that is wanted. A chunk that is here already is passed over.
   * @throws TributaryError `chunk_out_of_range` (also: one before it is missing), `chunk_invalid`
   */
  append(index: number, bytes: Uint8Array): Promise<number> {
    return this.#inTurn(async () => {
      if (index < this.#nextIndex) return this.#nextIndex;
      const { start, end } = chunkRange(this.ref.size, index);
      if (index > this.#nextIndex)
        throw new TributaryError("chunk_out_of_range", `chunk ${index} came, chunk ${this.#nextIndex} is wanted`);
      if (bytes.byteLength !== end - start)
        throw new TributaryError(
          "chunk_invalid",
          `chunk ${index} has ${bytes.byteLength} bytes, ${end - start} are wanted`,
        );
      await writeFully(this.#open, bytes, start);
      this.#hash.update(bytes);
      this.#nextIndex += 1;
      return this.#nextIndex;
    });
  }

  /**
   * Verifies the digest and puts the blob into its place; durable when it settles. A second call does nothing.
   * @throws TributaryError `chunk_out_of_range` (chunks are missing), `digest_mismatch` (what came is thrown away)
   */
  finish(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#finished) return;
      const count = chunkCount(this.ref.size);
      if (this.#nextIndex < count)
        throw new TributaryError("chunk_out_of_range", `${this.#nextIndex} of ${count} chunks have come`);
      if (this.#hash.digest("hex") !== this.ref.digest) {
        this.#nextIndex = 0;
        this.#hash = createHash("sha256");
        await this.#open.truncate(0);
        throw new TributaryError("digest_mismatch", `the content does not match ${this.ref.digest}`);
      }
      this.#finished = true;
      await this.#open.sync();
      await this.place();
    });
  }

  /** Forgets what has come. */
  async discard(): Promise<void> {
    await this[Symbol.asyncDispose]();
    if (!this.#finished) await rm(this.path, { force: true });
  }

  /** Closes the file; what has come stays for a later `openPartial`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.file?.close();
  }

  get #open(): FileHandle {
    if (this.file === undefined) throw new TributaryError("upload_unknown", "the blob is complete already");
    return this.file;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act, act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch {
    return open(path, "w+");
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
    await file.read(buffer, 0, end - start, start);
    hash.update(buffer.subarray(0, end - start));
  }
  return { chunks, hash };
}
