import {
  type BlobFolder,
  type BlobRef,
  CHUNKS_PER_MESSAGE,
  ChunkReply,
  type EncodedReply,
  type Piece,
  pieceAt,
} from "@tributary/protocol";

/** A model that is larger is read from the disk for each worker, bytes: 64 MiB. */
const LARGEST = 64 * 1024 * 1024;
/** Copies of parts that are kept, those made last: less than 32 MiB. */
const COPIES = 64;

/** The largest piece of a model that a message carries, as it is read and as it is sent. */
interface Held {
  readonly start: number;
  readonly data: Uint8Array;
  readonly reply: EncodedReply;
}

/**
 * One model, the last that was asked for, in the largest pieces that messages carry: each is read and encoded once, and every worker
 * of a round is sent the same bytes. Those whose links want smaller messages share a copy of the part that they ask for. Memory is
 * bounded by the largest model that it takes and the copies, however many workers there are.
 */
export class ModelCache {
  #digest = "";
  #held = new Map<number, Promise<Held>>();
  #copies = new Map<string, Promise<EncodedReply>>();

  constructor(private readonly blobs: BlobFolder) {}

  /** Whether it takes a model of this size. */
  takes({ size }: BlobRef): boolean {
    return size <= LARGEST;
  }

  /** The answer that holds a piece. It must not be changed. @throws TributaryError `blob_unknown` */
  async piece(model: BlobRef, piece: Piece): Promise<EncodedReply> {
    if (model.digest !== this.#digest) {
      this.#digest = model.digest;
      this.#held = new Map();
      this.#copies = new Map();
    }
    const first = piece.index - (piece.index % CHUNKS_PER_MESSAGE);
    const held = once(this.#held, first, () => this.#read(model, first));
    if (piece.count === CHUNKS_PER_MESSAGE) return (await held).reply;
    const copies = this.#copies;
    const copy = once(copies, `${piece.index}+${piece.count}`, async () => copied(await held, piece));
    for (const oldest of copies.keys()) {
      if (copies.size <= COPIES) break;
      copies.delete(oldest);
    }
    return copy;
  }

  async #read({ digest, size }: BlobRef, index: number): Promise<Held> {
    const { start, end } = pieceAt(size, index, CHUNKS_PER_MESSAGE);
    const memory = new ChunkReply(end - start);
    const data = memory.data(end - start);
    await using reader = await this.blobs.openRead(digest);
    await reader.readInto(data, start);
    return { start, data, reply: memory.encode(end - start) };
  }
}

function copied(held: Held, { start, end }: Piece): EncodedReply {
  const copy = new ChunkReply(end - start);
  copy.data(end - start).set(held.data.subarray(start - held.start, end - held.start));
  return copy.encode(end - start);
}

/** What is in the map, or is made now. What failed is tried again by the next who asks. */
function once<Key, Value>(map: Map<Key, Promise<Value>>, key: Key, make: () => Promise<Value>): Promise<Value> {
  const kept = map.get(key);
  if (kept !== undefined) return kept;
  const made = make();
  map.set(key, made);
  made.catch(() => map.delete(key));
  return made;
}
