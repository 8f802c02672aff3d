import { mkdtemp, open, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CHUNK_BYTES, CHUNKS_IN_FLIGHT } from "../events.js";
import { chunkOf, content, refOf } from "../testing/content.js";
import { failure } from "../testing/failure.js";
import { BlobFolder } from "./blob-folder.js";

let path: string;
let blobs: BlobFolder;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "tributary-partial-"));
  blobs = await BlobFolder.open(path);
});
afterEach(() => rm(path, { recursive: true, force: true }));

const bytes = content(2 * CHUNK_BYTES + 77);
const ref = refOf(bytes);
const chunk = (index: number) => chunkOf(bytes, index);
const partials = () => readdir(join(path, "partial"));

describe("a blob that arrives in chunks", () => {
  it("is there when it is finished, and not before", async () => {
    await using partial = await blobs.openPartial("alice", ref);
    for (const index of [0, 1, 2]) {
      expect(partial.nextIndex).toBe(index);
      expect(await partial.append(index, chunk(index))).toBe(index + 1);
      expect(await blobs.has(ref.digest)).toBe(false);
    }
    await partial.finish();
    await partial.finish();
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
    expect(await partials()).toEqual([]);
  });

  it("goes on after a crash from the last whole chunk", async () => {
    await using first = await blobs.openPartial("alice", ref);
    await first.append(0, chunk(0));
    await writeFile(join(path, "partial", `alice.${ref.digest}`), Buffer.concat([chunk(0), chunk(1).subarray(0, 9)]));
    await using partial = await (await BlobFolder.open(path)).openPartial("alice", ref);
    expect(partial.nextIndex).toBe(1);
    await partial.append(1, chunk(1));
    await partial.append(2, chunk(2));
    await partial.finish();
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
  });

  it("goes on after a crash before its end was put into place", async () => {
    {
      await using partial = await blobs.openPartial("alice", ref);
      for (const index of [0, 1, 2]) await partial.append(index, chunk(index));
    }
    await using partial = await blobs.openPartial("alice", ref);
    expect(partial.nextIndex).toBe(3);
    await partial.finish();
    expect(await blobs.has(ref.digest)).toBe(true);
  });

  it("never grows beyond the size that was announced", async () => {
    await writeFile(join(path, "partial", `alice.${ref.digest}`), Buffer.concat([bytes, bytes]));
    await using partial = await blobs.openPartial("alice", ref);
    await partial.finish();
    expect(await blobs.size(ref.digest)).toBe(ref.size);
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
    expect(await blobs.has(ref.digest)).toBe(true);
  });

  it("lets a chunk that came early wait for those before it, which are sent again", async () => {
    await using partial = await blobs.openPartial("alice", ref);
    const early = [partial.append(2, chunk(2)), partial.append(1, chunk(1))];
    expect(await partial.append(0, chunk(0))).toBe(1);
    expect(await Promise.all(early)).toEqual([3, 2]);
    await partial.finish();
    expect(await blobs.has(ref.digest)).toBe(true);
  });

  it("lets no chunk wait that is further ahead than any is on its way, and none after it was closed", async () => {
    const long = content((CHUNKS_IN_FLIGHT + 2) * CHUNK_BYTES);
    const partial = await blobs.openPartial("alice", refOf(long));
    await expect(partial.append(CHUNKS_IN_FLIGHT, chunkOf(long, CHUNKS_IN_FLIGHT))).rejects.toEqual(
      failure("chunk_out_of_range"),
    );
    const early = expect(partial.append(1, chunkOf(long, 1))).rejects.toEqual(failure("upload_unknown"));
    await partial[Symbol.asyncDispose]();
    await early;
  });

  it("lets no more chunks wait than are on their way at once, however often one comes", async () => {
    const partial = await blobs.openPartial("alice", ref);
    const waiting = Array.from({ length: CHUNKS_IN_FLIGHT }, () => partial.append(1, chunk(1)));
    const outcomes = Promise.allSettled(waiting);
    await expect(partial.append(1, chunk(1))).rejects.toEqual(failure("chunk_out_of_range"));
    await partial.append(0, chunk(0));
    expect(new Set((await outcomes).map(({ status }) => status))).toEqual(new Set(["fulfilled"]));
    expect(partial.nextIndex).toBe(2);
    await partial.discard();
  });

  it("takes several chunks at once, and of those that are here in part the rest", async () => {
    const long = content(7 * CHUNK_BYTES + 5);
    const several = (index: number, count: number) =>
      long.subarray(index * CHUNK_BYTES, Math.min(long.byteLength, (index + count) * CHUNK_BYTES));
    await using partial = await blobs.openPartial("alice", refOf(long));
    const early = partial.append(4, several(4, 4));
    expect(await partial.append(0, several(0, 2))).toBe(2);
    expect(await partial.append(0, several(0, 4))).toBe(4);
    expect(await early).toBe(8);
    expect(await partial.append(2, several(2, 3))).toBe(8);
    await partial.finish();
    expect(Buffer.compare(await blobs.read(refOf(long).digest), long)).toBe(0);
  });

  it.each([
    ["none", 0],
    ["a half", CHUNK_BYTES / 2],
    ["one and a half", 1.5 * CHUNK_BYTES],
    ["five", 5 * CHUNK_BYTES],
    ["the rest and a byte", 5 * CHUNK_BYTES + 6],
  ])("refuses %s of its chunks at once", async (_, length) => {
    const long = content(5 * CHUNK_BYTES + 5);
    await using partial = await blobs.openPartial("alice", refOf(long));
    await expect(partial.append(0, new Uint8Array(length))).rejects.toEqual(failure("chunk_invalid"));
    expect(await partial.append(0, chunkOf(long, 0))).toBe(1);
  });

  it("refuses a chunk of the wrong length and one too many, and goes on", async () => {
    await using partial = await blobs.openPartial("alice", ref);
    await expect(partial.append(0, chunk(2))).rejects.toEqual(failure("chunk_invalid"));
    await expect(partial.append(3, chunk(2))).rejects.toEqual(failure("chunk_out_of_range"));
    await expect(partial.finish()).rejects.toEqual(failure("chunk_out_of_range"));
    expect(await partial.append(0, chunk(0))).toBe(1);
  });

  it("needs nothing to come when it is there, unless all of it is wanted", async () => {
    await blobs.write(bytes);
    await using known = await blobs.openPartial("alice", ref);
    expect(known.nextIndex).toBe(3);
    await using wanted = await blobs.openPartial("bob", ref, { whole: true });
    expect(wanted.nextIndex).toBe(0);
    for (const index of [0, 1, 2]) await wanted.append(index, chunk(index));
    await wanted.finish();
    expect(await blobs.list()).toEqual([ref.digest]);
  });

  it("throws away content that does not match its digest, and starts over", async () => {
    const small = content(10);
    const other = content(10);
    await using partial = await blobs.openPartial("alice", refOf(small));
    await partial.append(0, other);
    await expect(partial.finish()).rejects.toEqual(failure("digest_mismatch"));
    expect(partial.nextIndex).toBe(0);
    expect(await blobs.list()).toEqual([]);
    await partial.append(0, small);
    await partial.finish();
    expect(await blobs.read(refOf(small).digest)).toEqual(small);
  });

  it("finds out when what it kept was damaged while it was closed", async () => {
    await using first = await blobs.openPartial("alice", ref);
    for (const index of [0, 1, 2]) await first.append(index, chunk(index));
    await first[Symbol.asyncDispose]();
    const file = join(path, "partial", `alice.${ref.digest}`);
    await truncate(file, 100);
    await truncate(file, ref.size);
    await using partial = await blobs.openPartial("alice", ref);
    await expect(partial.finish()).rejects.toEqual(failure("digest_mismatch"));
  });

  it("may be empty", async () => {
    await using partial = await blobs.openPartial("alice", refOf(new Uint8Array()));
    expect(partial.nextIndex).toBe(0);
    await partial.finish();
    expect(await blobs.has(partial.ref.digest)).toBe(true);
  });

  it("may come from two sides at once", async () => {
    await using alice = await blobs.openPartial("alice", ref);
    await using bob = await blobs.openPartial("bob", ref);
    for (const index of [0, 1, 2])
      await Promise.all([alice.append(index, chunk(index)), bob.append(index, chunk(index))]);
    await Promise.all([alice.finish(), bob.finish()]);
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
  });

  it("needs nothing when it is there already, and is refused when it is there in another size", async () => {
    await blobs.write(bytes);
    await using partial = await blobs.openPartial("charlie", ref);
    expect(partial.nextIndex).toBe(3);
    expect(await partial.append(1, chunk(1))).toBe(3);
    await partial.finish();
    await partial.discard();
    expect(await blobs.has(ref.digest)).toBe(true);
    expect(await partials()).toEqual([]);
    await expect(blobs.openPartial("charlie", { ...ref, size: 10 })).rejects.toEqual(failure("digest_mismatch"));
  });

  it("says when the disk does not take it, and can be finished later", async () => {
    await using partial = await blobs.openPartial("alice", ref);
    for (const index of [0, 1, 2]) await partial.append(index, chunk(index));
    const shelf = join(path, ref.digest.slice(0, 2));
    await writeFile(shelf, "a file where a folder should be");
    await expect(partial.finish()).rejects.toEqual(failure("store_failed"));
    await rm(shelf);
    await partial.finish();
    expect(await blobs.has(ref.digest)).toBe(true);
  });
});

describe("the owner of a partial blob", () => {
  it("is the last who asked for it: a connection that is given up writes no more", async () => {
    await using first = await blobs.openPartial("alice", ref);
    const appended = first.append(0, chunk(0));
    await using second = await blobs.openPartial("alice", ref);
    expect(await appended).toBe(1);
    expect(second.nextIndex).toBe(1);
    await expect(first.append(1, chunk(1))).rejects.toEqual(failure("upload_unknown"));
    await expect(first.finish()).rejects.toEqual(failure("upload_unknown"));
    await first.discard();
    await second.append(1, chunk(1));
    await second.append(2, chunk(2));
    await second.finish();
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
  });

  it("is one, also when two ask at the same time", async () => {
    const both = await Promise.all([blobs.openPartial("alice", ref), blobs.openPartial("alice", ref)]);
    const outcomes = await Promise.allSettled(both.map((partial) => partial.append(0, chunk(0))));
    expect(outcomes).toContainEqual({ status: "fulfilled", value: 1 });
    expect(outcomes).toContainEqual({ status: "rejected", reason: failure("upload_unknown") });
    await blobs.discardPartials("alice");
  });

  it("discards it, alone or with all whose ids begin alike", async () => {
    const alice = await blobs.openPartial("job.1.alice", ref);
    const bob = await blobs.openPartial("job.1.bob", ref);
    await using carol = await blobs.openPartial("job.10.carol", ref);
    await Promise.all([alice, bob, carol].map((partial) => partial.append(0, chunk(0))));
    await alice.discard();
    expect((await partials()).sort()).toEqual([`job.1.bob.${ref.digest}`, `job.10.carol.${ref.digest}`]);
    await blobs.discardPartials("job.1.");
    expect(await partials()).toEqual([`job.10.carol.${ref.digest}`]);
    await expect(bob.append(1, chunk(1))).rejects.toEqual(failure("upload_unknown"));
    expect(await carol.append(1, chunk(1))).toBe(2);
  });

  it.each(["", "../x", "a/b", "a\0", "a".repeat(191)])("has no id like %j", async (id) => {
    await expect(blobs.openPartial(id, ref)).rejects.toEqual(failure("upload_unknown"));
  });

  it("may have an id of 190 characters", async () => {
    await using partial = await blobs.openPartial("a".repeat(190), ref);
    expect(await partial.append(0, chunk(0))).toBe(1);
  });
});

describe("a durable blob that arrives in chunks", () => {
  it("takes chunks that come side by side, and is closed in the middle of a sync without a loss", async () => {
    const partial = await blobs.openPartial("alice", ref);
    const appended = Promise.all([0, 1].map((index) => partial.append(index, chunk(index))));
    await partial[Symbol.asyncDispose]();
    expect(await appended).toEqual([1, 2]);
    await using again = await blobs.openPartial("alice", ref);
    expect(again.nextIndex).toBe(2);
    expect(await again.append(2, chunk(2))).toBe(3);
    await again.finish();
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
  });
});

describe("a durable blob that the disk does not take", () => {
  const large = content(20 * CHUNK_BYTES);
  const largeRef = refOf(large);

  it("is wanted again from its begin, once whoever sends it was told", async () => {
    await using partial = await blobs.openPartial("alice", largeRef);
    await using handle = await open(join(path, "any"), "w");
    const datasync = vi.spyOn(Object.getPrototypeOf(handle), "datasync");
    datasync.mockRejectedValueOnce(Object.assign(new Error("the disk is broken"), { code: "EIO" }));
    const outcomes = [];
    for (let index = 0; index < 20 && partial.nextIndex === index; index++)
      outcomes.push(...(await Promise.allSettled([partial.append(index, chunkOf(large, index))])));
    datasync.mockRestore();
    expect(outcomes.at(-1)).toEqual({ status: "rejected", reason: failure("store_failed") });
    expect(partial.nextIndex).toBe(0);
    for (let index = 0; index < 20; index++) expect(await partial.append(index, chunkOf(large, index))).toBe(index + 1);
    await partial.finish();
    expect(Buffer.compare(await blobs.read(largeRef.digest), large)).toBe(0);
  });

  it("says so at the end, when its last sync failed", async () => {
    const small = content(9 * CHUNK_BYTES);
    await using partial = await blobs.openPartial("alice", refOf(small));
    await using handle = await open(join(path, "any"), "w");
    const datasync = vi.spyOn(Object.getPrototypeOf(handle), "datasync");
    datasync.mockImplementationOnce(async () => {
      await setTimeout(50);
      throw Object.assign(new Error("the disk is broken"), { code: "EIO" });
    });
    for (let index = 0; index < 9; index++) await partial.append(index, chunkOf(small, index));
    await expect(partial.finish()).rejects.toEqual(failure("store_failed"));
    datasync.mockRestore();
    await expect(partial.finish()).rejects.toEqual(failure("chunk_out_of_range"));
    for (let index = 0; index < 9; index++) await partial.append(index, chunkOf(small, index));
    await partial.finish();
    expect(Buffer.compare(await blobs.read(refOf(small).digest), small)).toBe(0);
  });
});
