import { type BlobFolder, type BlobRef, ChunkReply, chunkRange, type EncodedReply } from "@tributary/protocol";

/** A model that is larger is read from the disk for each worker, bytes: 64 MiB. */
const LARGEST = 64 * 1024 * 1024;

/**
 * The chunks of one model, the last that was asked for: each is read and encoded once, and every worker of a round is sent the
 * same bytes. Memory is bounded by the largest model that it takes, however many workers there are.
 */
export class ModelCache {
  #digest = "";
  #chunks = new Map<number, Promise<EncodedReply>>();

  constructor(private readonly blobs: BlobFolder) {}

  /** Whether it takes a model of this size. */
  takes({ size }: BlobRef): boolean {
    return size <= LARGEST;
  }

  /** The answer that holds a chunk. It must not be changed. @throws TributaryError `blob_unknown`, `chunk_out_of_range` */
  chunk(model: BlobRef, index: number): Promise<EncodedReply> {
    if (model.digest !== this.#digest) {
      this.#digest = model.digest;
      this.#chunks = new Map();
    }
    const chunks = this.#chunks;
    const kept = chunks.get(index);
    if (kept !== undefined) return kept;
    const read = this.#read(model, index);
    chunks.set(index, read);
    // What failed is tried again by the next who asks.
    read.catch(() => chunks.delete(index));
    return read;
  }

  async #read({ digest, size }: BlobRef, index: number): Promise<EncodedReply> {
    const { start, end } = chunkRange(size, index);
    const reply = new ChunkReply(end - start);
    await using reader = await this.blobs.openRead(digest);
    await reader.readInto(reply.data(end - start), start);
    return reply.encode(end - start);
  }
}
