import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobFolder, CHUNK_BYTES, CHUNKS_PER_MESSAGE, pieceAt, v1 } from "@tributary/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ModelCache } from "./model-cache.js";

describe("the cache of the model's chunks", () => {
  let folder: string;
  let blobs: BlobFolder;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-cache-"));
    blobs = await BlobFolder.open(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const only = pieceAt(10, 0, 1);
  const dataOf = ({ bytes }: { bytes: Uint8Array }) =>
    v1.Chunk.decode(v1.Reply.decode(bytes).ok ?? new Uint8Array()).data;

  it("reads a model once, for all who ask for it, in messages of whichever size", async () => {
    const bytes = randomBytes((CHUNKS_PER_MESSAGE + 2) * CHUNK_BYTES + 77);
    const model = await blobs.write(bytes);
    const cache = new ModelCache(blobs);
    const piece = (index: number, count: number) => cache.piece(model, pieceAt(model.size, index, count));
    const [first, second] = await Promise.all([piece(4, 4), piece(4, 4)]);
    expect(second).toBe(first);
    expect(Buffer.compare(dataOf(first), bytes.subarray(4 * CHUNK_BYTES))).toBe(0);
    await blobs.delete(model.digest);
    expect(await piece(4, 4)).toBe(first);
    const [small, same] = await Promise.all([piece(6, 1), piece(6, 1)]);
    expect(same).toBe(small);
    expect(Buffer.compare(dataOf(small), bytes.subarray(6 * CHUNK_BYTES))).toBe(0);
    expect(Buffer.compare(dataOf(await piece(4, 2)), bytes.subarray(4 * CHUNK_BYTES, 6 * CHUNK_BYTES))).toBe(0);
    await expect(piece(0, 1)).rejects.toMatchObject({ code: "blob_unknown" });
  });

  it("keeps so many copies of parts, and makes one anew that it no longer has", async () => {
    const bytes = randomBytes(65 * CHUNK_BYTES);
    const model = await blobs.write(bytes);
    const cache = new ModelCache(blobs);
    const piece = (index: number) => cache.piece(model, pieceAt(model.size, index, 1));
    const replies = [];
    for (let index = 0; index < 65; index++) replies.push(await piece(index));
    expect(await piece(1)).toBe(replies[1]);
    const again = await piece(0);
    expect(again).not.toBe(replies[0]);
    expect(Buffer.compare(dataOf(again), bytes.subarray(0, CHUNK_BYTES))).toBe(0);
  });

  it("forgets a model when the next is asked for", async () => {
    const [one, two] = [await blobs.write(randomBytes(10)), await blobs.write(randomBytes(10))];
    const cache = new ModelCache(blobs);
    await cache.piece(one, only);
    await blobs.delete(one.digest);
    await cache.piece(two, only);
    await expect(cache.piece(one, only)).rejects.toMatchObject({ code: "blob_unknown" });
  });

  it("tries again what the disk did not give", async () => {
    const bytes = randomBytes(10);
    const model = await blobs.write(bytes);
    const cache = new ModelCache(blobs);
    await blobs.delete(model.digest);
    await expect(cache.piece(model, only)).rejects.toMatchObject({ code: "blob_unknown" });
    await blobs.write(bytes);
    expect(Buffer.compare(dataOf(await cache.piece(model, only)), bytes)).toBe(0);
  });

  it("takes no model that is larger than 64 MiB", () => {
    const cache = new ModelCache(blobs);
    expect(cache.takes({ digest: "", size: 64 * 1024 * 1024 })).toBe(true);
    expect(cache.takes({ digest: "", size: 64 * 1024 * 1024 + 1 })).toBe(false);
  });
});
