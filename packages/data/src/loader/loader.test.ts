import { describe, expect, it } from "vitest";
import type { Dataset } from "../dataset.js";
import { loader } from "./loader.js";

const set: Dataset = {
  name: "tiny",
  count: 5,
  shape: [2, 1, 2],
  classes: 5,
  values: Uint8Array.from({ length: 20 }, (_, index) => index * 12),
  labels: Uint8Array.of(0, 1, 2, 3, 4),
  normalisation: { mean: [0, 0.5], deviation: [1, 0.25] },
};
const shuffle = { seed: 1, streamName: [3, "alice"] };
const labelsOf = (batches: Iterable<{ labels: Int32Array }>) => [...batches].map(({ labels }) => [...labels]);

describe("loader", () => {
  it("walks through the set in batches, the last one smaller", () => {
    expect(labelsOf(loader(set, { batchSize: 2 }))).toEqual([[0, 1], [2, 3], [4]]);
    expect([...loader(set, { batchSize: 2 })].map(({ shape }) => shape)).toEqual([
      [2, 2, 1, 2],
      [2, 2, 1, 2],
      [1, 2, 1, 2],
    ]);
  });

  it("normalises each channel by its own mean and deviation", () => {
    const [batch] = loader(set, { batchSize: 1 });
    const expected = [0, 12 / 255, (24 / 255 - 0.5) / 0.25, (36 / 255 - 0.5) / 0.25];
    expect([...(batch?.images ?? [])]).toEqual([...Float32Array.from(expected)]);
  });

  it("shuffles each pass anew, and the same way for the same seed and name", () => {
    const passes = () => labelsOf(loader(set, { batchSize: 5, epochs: 3, shuffle }));
    expect(passes()).toEqual(passes());
    expect(new Set(passes().map(String)).size).toBeGreaterThan(1);
    for (const pass of passes()) expect([...pass].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(
      labelsOf(loader(set, { batchSize: 5, epochs: 3, shuffle: { ...shuffle, streamName: [4, "alice"] } })),
    ).not.toEqual(passes());
  });

  it("ends after maxBatches, passing over the set as often as that takes, or at most epochs", () => {
    expect(labelsOf(loader(set, { batchSize: 3, maxBatches: 5 }))).toEqual([
      [0, 1, 2],
      [3, 4],
      [0, 1, 2],
      [3, 4],
      [0, 1, 2],
    ]);
    expect(labelsOf(loader(set, { batchSize: 3, maxBatches: 5, epochs: 1 }))).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it("takes 0 for no limit", () => {
    expect(labelsOf(loader(set, { batchSize: 5, epochs: 0, maxBatches: 0 }))).toHaveLength(1);
    expect(labelsOf(loader(set, { batchSize: 5, epochs: 0, maxBatches: 7 }))).toHaveLength(7);
    expect(labelsOf(loader(set, { batchSize: 5, epochs: 3, maxBatches: 0 }))).toHaveLength(3);
  });

  it.each([
    { batchSize: 0 },
    { batchSize: Number.NaN, maxBatches: 1 },
    { batchSize: 2.5 },
    { batchSize: 1, epochs: -1 },
    { batchSize: 1, maxBatches: Number.POSITIVE_INFINITY },
  ])("refuses %j before the first batch is asked for", (options) => {
    expect(() => loader(set, options)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it("refuses a set without samples, over which it would pass for ever", () => {
    const none = { ...set, count: 0, values: new Uint8Array(), labels: new Uint8Array() };
    expect(() => loader(none, { batchSize: 1, maxBatches: 1 })).toThrow(
      expect.objectContaining({ code: "invalid_request", message: "count is 0" }),
    );
  });
});
