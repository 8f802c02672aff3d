import { describe, expect, it } from "vitest";
import { CHUNK_BYTES, v1 } from "../index.js";
import { ChunkReply } from "./chunk-reply.js";

describe("a chunk reply", () => {
  it.each([1, 127, 128, 20_000, CHUNK_BYTES])("of %i bytes reads as a Reply that holds the Chunk", (length) => {
    const memory = new ChunkReply();
    memory.data(length).fill(7);
    const data = new Uint8Array(length).fill(7);
    const expected = v1.Reply.encode({ ok: v1.Chunk.encode({ data }).finish() }).finish();
    expect(Buffer.compare(memory.encode(length).bytes, expected)).toBe(0);
  });
});
