import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHUNK_BYTES, CHUNKS_PER_MESSAGE } from "../events.js";
import { failure } from "../testing/failure.js";
import { blobRefOf, chunkCount, chunkRange, chunksIn, largestPieceAt, pieceAt, wireBlobRef } from "./chunks.js";

describe("chunks", () => {
  it("cover a blob without gap or overlap", () => {
    const size = 2 * CHUNK_BYTES + 5;
    expect(chunkCount(size)).toBe(3);
    expect([0, 1, 2].map((index) => chunkRange(size, index))).toEqual([
      { start: 0, end: CHUNK_BYTES },
      { start: CHUNK_BYTES, end: 2 * CHUNK_BYTES },
      { start: 2 * CHUNK_BYTES, end: size },
    ]);
    expect(chunkCount(0)).toBe(0);
    expect(chunkCount(CHUNK_BYTES)).toBe(1);
  });

  it("are as long as they can be, for any size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (size) => {
        const last = chunkRange(size, chunkCount(size) - 1);
        expect(last.end).toBe(size);
        expect(last.end - last.start).toBeGreaterThan(0);
        expect(last.end - last.start).toBeLessThanOrEqual(CHUNK_BYTES);
      }),
    );
  });

  it.each([-1, 3, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("there is none with the number %d", (index) => {
    expect(() => chunkRange(2 * CHUNK_BYTES + 5, index)).toThrow(failure("chunk_out_of_range"));
  });
});

describe("pieces of a blob", () => {
  const size = 9 * CHUNK_BYTES + 5;

  it("are as large as they may be where they begin, and cover the blob without gap or overlap", () => {
    const sizes = fc.integer({ min: 1, max: 100 * CHUNK_BYTES });
    fc.assert(
      fc.property(sizes, fc.nat(100), fc.infiniteStream(fc.constantFrom(1, 2, 3, 4)), (size, from, mosts) => {
        const first = from % chunkCount(size);
        let { start: end } = chunkRange(size, first);
        for (let index = first; index < chunkCount(size); ) {
          const piece = largestPieceAt(size, index, mosts.next().value ?? 1);
          expect(pieceAt(size, index, piece.count)).toEqual(piece);
          expect(piece.start).toBe(end);
          expect(piece.end).toBeGreaterThan(piece.start);
          expect(chunksIn(size, index, piece.end - piece.start)).toBeLessThanOrEqual(piece.count);
          ({ end } = piece);
          index += piece.count;
        }
        expect(end).toBe(size);
      }),
    );
    expect([0, 1, 2, 4, 8].map((index) => largestPieceAt(size, index, 4).count)).toEqual([4, 1, 2, 4, 4]);
    expect(pieceAt(size, 8, 4)).toEqual({ index: 8, count: 4, start: 8 * CHUNK_BYTES, end: size });
  });

  it.each([
    [0, 0],
    [0, 3],
    [0, 2 * CHUNKS_PER_MESSAGE],
    [0, 2 ** 32 - 1],
    [0, 0.5],
    [0, Number.NaN],
    [2, 4],
    [10, 1],
  ])("there is none at chunk %d of %d chunks", (index, count) => {
    expect(() => pieceAt(size, index, count)).toThrow(failure("chunk_out_of_range"));
  });
});

describe("a blob's name on the wire", () => {
  it("is 32 bytes and a size", () => {
    const ref = { digest: "ab".repeat(32), size: 7 };
    expect(blobRefOf(wireBlobRef(ref))).toEqual(ref);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["no digest", { size: 1 }],
    ["a short digest", { digest: new Uint8Array(31), size: 1 }],
    ["a long digest", { digest: new Uint8Array(33), size: 1 }],
    ["a size beyond 2^53", { digest: new Uint8Array(32), size: 2 ** 53 }],
    ["a negative size", { digest: new Uint8Array(32), size: -1 }],
    ["half a byte", { digest: new Uint8Array(32), size: 0.5 }],
    ["no size", { digest: new Uint8Array(32) }],
  ])("is not %s", (_, message) => {
    expect(() => blobRefOf(message)).toThrow(failure("invalid_message"));
  });
});
