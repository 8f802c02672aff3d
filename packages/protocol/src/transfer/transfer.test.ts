import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TributaryError } from "../errors.js";
import { CHUNK_BYTES } from "../events.js";
import { digestOf, hex } from "../parameters.js";
import { stream } from "../random.js";
import { BlobFolder } from "./blob-folder.js";
import { chunkCount, chunkRange } from "./chunks.js";
import { downloadBlob } from "./download.js";
import { uploadBlob } from "./upload.js";

const random = stream(1, "transfer test");
const content = (size: number) =>
  new Uint8Array(Uint32Array.from({ length: Math.ceil(size / 4) }, () => random.uint32()).buffer).slice(0, size);
const refOf = (bytes: Uint8Array) => ({ digest: hex(digestOf(bytes)), size: bytes.byteLength });
const failure = (code: string) => expect.objectContaining({ name: "TributaryError", code });

let path: string;
let blobs: BlobFolder;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "tributary-blobs-"));
  blobs = await BlobFolder.open(path);
});
afterEach(() => rm(path, { recursive: true, force: true }));

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
  });

  it.each([-1, 3, 1.5, Number.NaN])("there is none with the number %d", (index) => {
    expect(() => chunkRange(2 * CHUNK_BYTES + 5, index)).toThrow(failure("chunk_out_of_range"));
  });
});

describe("a blob folder", () => {
  it("keeps what is written under its digest, after it is opened again", async () => {
    const bytes = content(100_000);
    const ref = await blobs.write(bytes);
    expect(ref).toEqual(refOf(bytes));
    const again = await BlobFolder.open(path);
    expect(await again.read(ref.digest)).toEqual(bytes);
    expect(await again.readRange(ref.digest, 10, 20)).toEqual(bytes.slice(10, 20));
    expect(await again.list()).toEqual([ref.digest]);
    await again.delete(ref.digest);
    expect(await again.has(ref.digest)).toBe(false);
  });

  it("writes parts as one blob", async () => {
    const bytes = content(1000);
    expect(await blobs.write([bytes.subarray(0, 300), bytes.subarray(300)])).toEqual(refOf(bytes));
  });

  it("leaves nothing of a write that failed", async () => {
    const failing = (async function* () {
      yield content(10);
      throw new Error("the source broke");
    })();
    await expect(blobs.write(failing)).rejects.toThrow("the source broke");
    expect(await readdir(join(path, "temporary"))).toEqual([]);
    expect(await blobs.list()).toEqual([]);
  });

  it("says when a blob on the disk is damaged", async () => {
    const { digest } = await blobs.write(content(100));
    await writeFile(join(path, digest.slice(0, 2), digest), content(100));
    await expect(blobs.read(digest)).rejects.toEqual(failure("digest_mismatch"));
  });

  it.each(["", "..", "../../etc/passwd", "A".repeat(64)])("has no blob called %j", async (name) => {
    await expect(blobs.openRead(name)).rejects.toEqual(failure("blob_unknown"));
  });

  it("refuses an id that would leave the folder", async () => {
    await expect(blobs.openPartial("../x", refOf(content(1)))).rejects.toEqual(failure("upload_unknown"));
  });
});

describe("a blob that arrives in chunks", () => {
  const bytes = content(2 * CHUNK_BYTES + 77);
  const ref = refOf(bytes);
  const chunk = (index: number) => {
    const { start, end } = chunkRange(bytes.byteLength, index);
    return bytes.subarray(start, end);
  };

  it("goes on after a crash from the last whole chunk", async () => {
    await using first = await blobs.openPartial("alice", ref);
    await first.append(0, chunk(0));
    const again = await (await BlobFolder.open(path)).openPartial("alice", ref);
    await using partial = again;
    expect(partial.nextIndex).toBe(1);
    await partial.append(1, chunk(1));
    await partial.append(2, chunk(2));
    await partial.finish();
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
  });

  it("takes chunks that come together in their order, and a repeated one once", async () => {
    await using partial = await blobs.openPartial("alice", ref);
    await Promise.all([
      partial.append(0, chunk(0)),
      partial.append(1, chunk(1)),
      partial.append(0, chunk(0)),
      partial.append(2, chunk(2)),
    ]);
    await partial.finish();
    await partial.finish();
    expect(await blobs.has(ref.digest)).toBe(true);
  });

  it("refuses a chunk of the wrong length, one too early and one too many, and goes on", async () => {
    await using partial = await blobs.openPartial("alice", ref);
    await expect(partial.append(0, chunk(2))).rejects.toEqual(failure("chunk_invalid"));
    await expect(partial.append(1, chunk(1))).rejects.toEqual(failure("chunk_out_of_range"));
    await expect(partial.append(3, chunk(2))).rejects.toEqual(failure("chunk_out_of_range"));
    await expect(partial.finish()).rejects.toEqual(failure("chunk_out_of_range"));
    expect(await partial.append(0, chunk(0))).toBe(1);
  });

  it("throws away content that does not match its digest, and starts over", async () => {
    const small = content(10);
    await using partial = await blobs.openPartial("alice", { digest: hex(digestOf(content(10))), size: 10 });
    await partial.append(0, small);
    await expect(partial.finish()).rejects.toEqual(failure("digest_mismatch"));
    expect(partial.nextIndex).toBe(0);
    expect(await blobs.list()).toEqual([]);
  });

  it("may come from two sides at once", async () => {
    await using alice = await blobs.openPartial("alice", ref);
    await using bob = await blobs.openPartial("bob", ref);
    for (const index of [0, 1, 2])
      await Promise.all([alice.append(index, chunk(index)), bob.append(index, chunk(index))]);
    await Promise.all([alice.finish(), bob.finish()]);
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
    await using third = await blobs.openPartial("charlie", ref);
    expect(third.nextIndex).toBe(3);
    await third.finish();
  });

  it("is downloaded with at most four requests on their way, and resumed after a failure", async () => {
    const large = content(9 * CHUNK_BYTES + 1);
    const largeRef = refOf(large);
    let asked: number[] = [];
    let most = 0;
    const request =
      (broken: number, underWay = 0) =>
      async (index: number) => {
        asked.push(index);
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 2));
        underWay -= 1;
        if (index === broken) throw new TributaryError("disconnected", "gone");
        const { start, end } = chunkRange(large.byteLength, index);
        return large.subarray(start, end);
      };
    await using sink = await blobs.openPartial("model", largeRef);
    await expect(downloadBlob(largeRef, { request: request(5), sink })).rejects.toEqual(failure("disconnected"));
    expect(sink.nextIndex).toBe(5);
    asked = [];
    await downloadBlob(largeRef, { request: request(-1), sink });
    expect(asked).toEqual([5, 6, 7, 8, 9]);
    expect(most).toBe(4);
    expect(Buffer.compare(await blobs.read(largeRef.digest), large)).toBe(0);
  });

  it("is uploaded from where the other side wants it", async () => {
    const sent: number[] = [];
    await uploadBlob(ref, {
      open: async () => ({ upload: "u", nextIndex: 1 }),
      send: async (_, index) => void sent.push(index),
      read: async (start, end) => bytes.subarray(start, end),
    });
    expect(sent).toEqual([1, 2]);
    const absurd = uploadBlob(ref, {
      open: async () => ({ upload: "u", nextIndex: 99 }),
      send: async () => {},
      read: async () => bytes,
    });
    await expect(absurd).rejects.toEqual(failure("chunk_out_of_range"));
  });

  it("can be called off", async () => {
    const controller = new AbortController();
    await using sink = await blobs.openPartial("model", ref);
    const request = async (index: number) => {
      controller.abort();
      return chunk(index);
    };
    await expect(downloadBlob(ref, { request, sink }, { signal: controller.signal })).rejects.toEqual(
      failure("aborted"),
    );
  });
});
