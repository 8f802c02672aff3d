import protobuf from "protobufjs/minimal.js";
import { EncodedReply } from "../channel.js";
import { CHUNK_BYTES, CHUNKS_PER_MESSAGE } from "../events.js";

/** Room for what stands before the data: twice a tag and a length. */
const HEAD_BYTES = 16;
/** Field 1, length-delimited: `Reply.ok` and `Chunk.data`. */
const TAG = (1 << 3) | 2;

/**
 * Memory for the answer to one `chunk` request at a time. The data is read to where it is sent from; a coordinator that
 * serves gigabytes so makes no garbage. It must not be used again before the answer has left the process.
 */
export class ChunkReply {
  readonly #memory: Buffer;

  /** @param capacity most bytes of data that it can hold */
  constructor(capacity: number = CHUNKS_PER_MESSAGE * CHUNK_BYTES) {
    this.#memory = Buffer.alloc(HEAD_BYTES + capacity);
  }

  /** Where `length` bytes of data go. */
  data(length: number): Uint8Array {
    return this.#memory.subarray(HEAD_BYTES, HEAD_BYTES + length);
  }

  /** The answer with the first `length` bytes of the data. */
  encode(length: number): EncodedReply {
    const chunk = protobuf.Writer.create().uint32(TAG).uint32(length).finish();
    const reply = protobuf.Writer.create()
      .uint32(TAG)
      .uint32(chunk.byteLength + length)
      .finish();
    const start = HEAD_BYTES - chunk.byteLength - reply.byteLength;
    this.#memory.set(reply, start);
    this.#memory.set(chunk, start + reply.byteLength);
    return new EncodedReply(this.#memory.subarray(start, HEAD_BYTES + length));
  }
}
