import { appendFile, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { content, refOf } from "../testing/content.js";
import { failure } from "../testing/failure.js";
import { BlobFolder } from "./blob-folder.js";

let path: string;
let blobs: BlobFolder;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "tributary-blobs-"));
  blobs = await BlobFolder.open(path);
});
afterEach(() => rm(path, { recursive: true, force: true }));

describe("a blob folder", () => {
  it("keeps what is written under its digest, after it is opened again", async () => {
    const bytes = content(100_000);
    const ref = await blobs.write(bytes);
    expect(ref).toEqual(refOf(bytes));
    const again = await BlobFolder.open(path);
    expect(await again.read(ref.digest)).toEqual(bytes);
    expect(await again.readRange(ref.digest, 10, 20)).toEqual(bytes.slice(10, 20));
    expect(await again.size(ref.digest)).toBe(100_000);
    expect(await again.list()).toEqual([ref.digest]);
  });

  it("writes parts as one blob", async () => {
    const bytes = content(1000);
    expect(await blobs.write([bytes.subarray(0, 300), bytes.subarray(300)])).toEqual(refOf(bytes));
  });

  it("keeps the empty blob", async () => {
    const { digest } = await blobs.write(new Uint8Array());
    expect(await blobs.read(digest)).toHaveLength(0);
  });

  it("keeps one content once, also when it is written twice at a time", async () => {
    const bytes = content(10_000);
    const refs = await Promise.all([blobs.write(bytes), blobs.write(bytes), blobs.write(content(10))]);
    expect(refs[0]).toEqual(refs[1]);
    expect((await blobs.list()).sort()).toEqual([...new Set(refs.map(({ digest }) => digest))].sort());
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

  it("removes at its opening what a crash left half written", async () => {
    await writeFile(join(path, "temporary", "left"), content(10));
    await BlobFolder.open(path);
    expect(await readdir(join(path, "temporary"))).toEqual([]);
  });

  it("deletes a blob, and does nothing for one that is not there", async () => {
    const { digest } = await blobs.write(content(10));
    await blobs.delete(digest);
    await blobs.delete(digest);
    expect(await blobs.has(digest)).toBe(false);
    await expect(blobs.read(digest)).rejects.toEqual(failure("blob_unknown"));
  });

  it("says when a blob on the disk is damaged, longer or shorter", async () => {
    const { digest } = await blobs.write(content(100));
    const file = join(path, digest.slice(0, 2), digest);
    await writeFile(file, content(100));
    await expect(blobs.read(digest)).rejects.toEqual(failure("digest_mismatch"));
    await appendFile(file, content(1));
    await expect(blobs.read(digest)).rejects.toEqual(failure("digest_mismatch"));
    await truncate(file, 50);
    await expect(blobs.readRange(digest, 0, 100)).rejects.toEqual(failure("chunk_out_of_range"));
  });

  it.each([
    [-1, 10],
    [10, 9],
    [0, 101],
    [0.5, 10],
    [0, Number.NaN],
  ])("has no range from %d to %d in 100 bytes", async (start, end) => {
    const { digest } = await blobs.write(content(100));
    await expect(blobs.readRange(digest, start, end)).rejects.toEqual(failure("chunk_out_of_range"));
  });

  it.each(["", "..", "../../etc/passwd", "A".repeat(64), `${"a".repeat(64)}\n`])(
    "has no blob called %j",
    async (name) => {
      await expect(blobs.openRead(name)).rejects.toEqual(failure("blob_unknown"));
      await expect(blobs.openPartial("alice", { digest: name, size: 1 })).rejects.toEqual(failure("blob_unknown"));
      await expect(blobs.delete(name)).rejects.toEqual(failure("blob_unknown"));
    },
  );

  it("says when the disk does not take a blob", async () => {
    await rm(join(path, "temporary"), { recursive: true });
    await expect(blobs.write(content(10))).rejects.toEqual(failure("store_failed"));
    const file = join(path, "file");
    await writeFile(file, "");
    await expect(BlobFolder.open(join(file, "folder"))).rejects.toEqual(failure("store_failed"));
  });
});
