import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { unpackBatches } from "./archive.js";
import { joinRecords, parseRecords, RECORD_BYTES } from "./records.js";

/** Records as the web page of CIFAR-10 describes them. */
const records = (...labels: number[]) =>
  Buffer.concat(
    labels.map((label, record) =>
      Uint8Array.from({ length: RECORD_BYTES }, (_, place) => (place === 0 ? label : (place + record) % 256)),
    ),
  );
const invalid = (message: RegExp) =>
  expect.objectContaining({ code: "file_invalid", message: expect.stringMatching(message) });

async function archive(files: Record<string, Uint8Array>): Promise<Buffer> {
  const entries = pack();
  for (const [name, content] of Object.entries(files)) entries.entry({ name }, Buffer.from(content));
  entries.finalize();
  return buffer(entries);
}

describe("records of CIFAR-10", () => {
  it("are a label, then red, green and blue", () => {
    const { count, labels, values } = parseRecords(records(3, 9), "x.bin");
    expect([count, [...labels]]).toEqual([2, [3, 9]]);
    expect([values.length, values[0], values[1_023], values[1_024], values[3_072]]).toEqual([6_144, 1, 0, 1, 2]);
    expect(joinRecords([parseRecords(records(1), "a"), parseRecords(records(2, 3), "b")])).toMatchObject({
      count: 3,
      labels: Buffer.from([1, 2, 3]),
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /x\.bin has 0 bytes/],
    ["half a record", records(1, 2).subarray(0, 4_000), /x\.bin has 4000 bytes, no multiple of the 3073/],
    ["a label that is no class", records(1, 10), /x\.bin: record 1 has the label 10/],
  ])("of %s are refused with their place", (_, file, message) => {
    expect(() => parseRecords(file, "x.bin")).toThrow(invalid(message));
  });
});

describe("the archive of CIFAR-10", () => {
  const names = ["a.bin", "b.bin"];

  it("gives the files that are wanted, in their order, and no other", async () => {
    const packed = gzipSync(
      await archive({ "set/b.bin": records(2), "set/readme.html": Buffer.from("hello"), "set/a.bin": records(1) }),
    );
    const files = await unpackBatches(packed, "x.tar.gz", names, RECORD_BYTES);
    expect(files.map(({ name, content }) => [name, digest(content)])).toEqual([
      ["a.bin", digest(records(1))],
      ["b.bin", digest(records(2))],
    ]);
  });

  it.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ["lacks a file", async () => gzipSync(await archive({ "a.bin": records(1) })), /x\.tar\.gz: b\.bin is not in it/],
    [
      "has a file that is too large",
      async () => gzipSync(await archive({ "a.bin": records(1, 1), "b.bin": records(1) })),
      /a\.bin has 6146 bytes, not 3073/,
    ],
    [
      "is cut off",
      async () => gzipSync(await archive({ "a.bin": records(1), "b.bin": records(2) })).subarray(0, 200),
      /x\.tar\.gz: /,
    ],
    ["is not packed", () => archive({ "a.bin": records(1), "b.bin": records(2) }), /cannot be unpacked/],
    ["is something else", async () => gzipSync(Buffer.alloc(5_000, "no archive at all ")), /x\.tar\.gz: /],
    ["is empty", async () => new Uint8Array(), /x\.tar\.gz: /],
  ])("is refused when it %s", async (_, make, message) => {
    await expect(unpackBatches(await make(), "x.tar.gz", names, RECORD_BYTES)).rejects.toEqual(invalid(message));
  });
});

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
