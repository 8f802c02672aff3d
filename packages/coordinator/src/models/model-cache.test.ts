import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobFolder, CHUNK_BYTES, v1 } from "@tributary/protocol";
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

  const dataOf = ({ bytes }: { bytes: Uint8Array }) =>
    v1.Chunk.decode(v1.Reply.decode(bytes).ok ?? new Uint8Array()).data;

  it("reads a chunk once, for all who ask for it", async () => {
    const bytes = randomBytes(CHUNK_BYTES + 77);
    const model = await blobs.write(bytes);
    const cache = new ModelCache(blobs);
    const [first, second] = await Promise.all([cache.chunk(model, 1), cache.chunk(model, 1)]);
    expect(second).toBe(first);
    expect(Buffer.compare(dataOf(first), bytes.subarray(CHUNK_BYTES))).toBe(0);
    await blobs.delete(model.digest);
    expect(await cache.chunk(model, 1)).toBe(first);
    await expect(cache.chunk(model, 0)).rejects.toMatchObject({ code: "blob_unknown" });
  });

  it("forgets a model when the next is asked for", async () => {
    const [one, two] = [await blobs.write(randomBytes(10)), await blobs.write(randomBytes(10))];
    const cache = new ModelCache(blobs);
    await cache.chunk(one, 0);
    await blobs.delete(one.digest);
    await cache.chunk(two, 0);
    await expect(cache.chunk(one, 0)).rejects.toMatchObject({ code: "blob_unknown" });
  });

  it("tries again what the disk did not give", async () => {
    const bytes = randomBytes(10);
    const model = await blobs.write(bytes);
    const cache = new ModelCache(blobs);
    await blobs.delete(model.digest);
    await expect(cache.chunk(model, 0)).rejects.toMatchObject({ code: "blob_unknown" });
    await blobs.write(bytes);
    expect(Buffer.compare(dataOf(await cache.chunk(model, 0)), bytes)).toBe(0);
  });

  it("takes no model that is larger than 64 MiB", () => {
    const cache = new ModelCache(blobs);
    expect(cache.takes({ digest: "", size: 64 * 1024 * 1024 })).toBe(true);
    expect(cache.takes({ digest: "", size: 64 * 1024 * 1024 + 1 })).toBe(false);
  });
});
