import { gunzipSync, gzipSync } from "node:zlib";
import { TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mnist } from "../datasets/mnist.js";
import { channelStatistics } from "../statistics.js";
import { encodeIdx, parseIdx } from "./idx.js";

const header = (...bytes: number[]) => Uint8Array.from(bytes);
const invalid = expect.objectContaining({ code: "file_invalid", message: expect.stringContaining("labels.gz") });

describe("IDX files", () => {
  it("are read as they were written", async () => {
    const array = { shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const read = await parseIdx(await encodeIdx(array), "x");
    expect({ shape: read.shape, data: Uint8Array.from(read.data) }).toEqual(array);
  });

  it.each([
    ["integers", Int32Array.of(1, -2, 2 ** 31 - 1, -(2 ** 31))],
    ["floats", Float32Array.of(0.1, -1e-30, 3e38, -0)],
  ])("hold 32-bit %s, too, in the order of bytes that the format has", async (_, data) => {
    const array = { shape: [2, 2], data };
    const file = await encodeIdx(array);
    expect(await parseIdx(file, "x")).toEqual(array);
    const view = new DataView(Uint8Array.from(gunzipSync(file)).buffer, 12);
    expect(data instanceof Int32Array ? view.getInt32(8) : view.getFloat32(8)).toBe(data[2]);
  });

  it("are read packed and plain alike", async () => {
    const array = { shape: [3], data: Uint8Array.of(7, 8, 9) };
    const packed = await encodeIdx(array);
    expect(await parseIdx(gunzipSync(packed), "x")).toEqual(await parseIdx(packed, "x"));
  });

  it("tell nothing of when and on what system they were written", async () => {
    const file = await encodeIdx({ shape: [1], data: Uint8Array.of(1) });
    expect([...file.subarray(4, 8), file[9]]).toEqual([0, 0, 0, 0, 255]);
  });

  it.each<[string, number[], number]>([
    ["bytes that do not fill the shape", [2, 3], 5],
    ["no dimension", [], 1],
    ["nine dimensions", Array<number>(9).fill(1), 1],
    ["a negative length", [-1, -1], 1],
    ["half a length", [0.5, 2], 1],
  ])("are not written of %s", async (_, shape, length) => {
    await expect(encodeIdx({ shape, data: new Uint8Array(length) })).rejects.toEqual(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });

  it.each<[string, Uint8Array]>([
    ["nothing", header()],
    ["another magic", header(0, 0, 9, 1, 0, 0, 0, 0)],
    ["no dimension", header(0, 0, 8, 0)],
    ["a header that is cut off", header(0, 0, 8, 3, 0, 0)],
    ["half a float", header(0, 0, 13, 1, 0, 0, 0, 1, 7, 7)],
    ["too few bytes", header(0, 0, 8, 1, 0, 0, 0, 2, 7)],
    ["too many bytes", header(0, 0, 8, 1, 0, 0, 0, 1, 7, 7)],
    ["more than memory holds", header(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255)],
    ["a damaged gzip", gzipSync(header(0, 0, 8, 1, 0, 0, 0, 1, 7)).subarray(0, 12)],
    [
      "a gzip that unpacks to more than its header says",
      gzipSync(Buffer.concat([header(0, 0, 8, 1, 0, 0, 0, 1), Buffer.alloc(10_000_000)])),
    ],
  ])("of %s are refused by name", async (_, file) => {
    await expect(parseIdx(file, "labels.gz")).rejects.toEqual(invalid);
  });

  it("never cause anything but a typed error, whatever bytes come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.boolean(), async (bytes, packed) => {
        await parseIdx(packed ? gzipSync(bytes) : bytes, "x").catch((error) =>
          expect(error).toBeInstanceOf(TributaryError),
        );
      }),
    );
  });
});

describe("the embedded MNIST", () => {
  it("has 70,000 images whose mean and deviation are the ones that it is normalised by", async () => {
    const [train, test] = await Promise.all([mnist("train"), mnist("test")]);
    expect([train.count, test.count]).toEqual([60_000, 10_000]);
    const { mean, deviation } = channelStatistics(train);
    expect(mean[0]).toBeCloseTo(0.1307, 4);
    expect(deviation[0]).toBeCloseTo(0.3081, 4);
  });
});
