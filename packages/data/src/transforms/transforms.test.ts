import { stream } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dataset } from "../dataset.js";
import { loader } from "../loader/loader.js";
import { pipeline } from "./pipeline.js";
import type { Transform } from "./transform.js";

/** Two channels of 2 × 3, whose values are their places; not normalised, unless a transform does. */
const values = Float32Array.from({ length: 12 }, (_, place) => place);
const plain = { mean: [0, 0], deviation: [1, 1] };
const set: Dataset = {
  name: "tiny",
  count: 1,
  shape: [2, 2, 3],
  classes: 2,
  values,
  labels: Uint8Array.of(1),
  normalisation: plain,
};
const run = (...transforms: Transform[]) => {
  const { shape, run: transform } = pipeline(set, transforms);
  return { shape, values: [...transform(Float64Array.from(values), stream(1, "test"))] };
};

describe("transforms", () => {
  it("pad with a value on each side", () => {
    expect(run({ kind: "pad", pixels: 1, value: 9 })).toEqual({
      shape: [2, 4, 5],
      values: [
        ...[9, 9, 9, 9, 9, 9, 0, 1, 2, 9, 9, 3, 4, 5, 9, 9, 9, 9, 9, 9],
        ...[9, 9, 9, 9, 9, 9, 6, 7, 8, 9, 9, 9, 10, 11, 9, 9, 9, 9, 9, 9],
      ],
    });
  });

  it("crop at every place equally often, the same one in all channels", () => {
    const { run: crop, shape } = pipeline(set, [{ kind: "random-crop", height: 1, width: 2 }]);
    expect(shape).toEqual([2, 1, 2]);
    const random = stream(3, "test");
    const seen = new Map<string, number>();
    for (let draw = 0; draw < 4_000; draw++) {
      const piece = [...crop(Float64Array.from(values), random)].join();
      seen.set(piece, (seen.get(piece) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(["0,1,6,7", "1,2,7,8", "3,4,9,10", "4,5,10,11"]);
    for (const times of seen.values()) expect(Math.abs(times - 1_000)).toBeLessThan(150);
  });

  it("flip with their probability", () => {
    expect(run({ kind: "random-flip", probability: 1 }).values).toEqual([2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9]);
    expect(run({ kind: "random-flip", probability: 0 }).values).toEqual([...values]);
    const { run: flip } = pipeline(set, [{ kind: "random-flip" }]);
    const random = stream(5, "test");
    const flips = Array.from({ length: 2_000 }, () => flip(Float64Array.from(values), random)[0]);
    expect(Math.abs(flips.filter((first) => first === 2).length - 1_000)).toBeLessThan(120);
  });

  // torch.nn.functional.interpolate(torch.arange(12.).reshape(1, 2, 2, 3), size, mode="bilinear"), PyTorch 2
  it.each<[number, number, number[]]>([
    [
      4,
      6,
      [
        0.0, 0.25, 0.75, 1.25, 1.75, 2.0, 0.75, 1.0, 1.5, 2.0, 2.5, 2.75, 2.25, 2.5, 3.0, 3.5, 4.0, 4.25, 3.0, 3.25,
        3.75, 4.25, 4.75, 5.0, 6.0, 6.25, 6.75, 7.25, 7.75, 8.0, 6.75, 7.0, 7.5, 8.0, 8.5, 8.75, 8.25, 8.5, 9.0, 9.5,
        10.0, 10.25, 9.0, 9.25, 9.75, 10.25, 10.75, 11.0,
      ],
    ],
    [1, 2, [1.75, 3.25, 7.75, 9.25]],
    [3, 3, [0.0, 1.0, 2.0, 1.5, 2.5, 3.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 7.5, 8.5, 9.5, 9.0, 10.0, 11.0]],
    [
      5,
      2,
      [
        0.25, 1.75, 0.55, 2.05, 1.75, 3.25, 2.95, 4.45, 3.25, 4.75, 6.25, 7.75, 6.55, 8.049999, 7.75, 9.25, 8.95, 10.45,
        9.25, 10.75,
      ],
    ],
  ])("resize to %i × %i as PyTorch does", (height, width, expected) => {
    const resized = run({ kind: "resize", height, width });
    expect(resized.shape).toEqual([2, height, width]);
    for (const [place, value] of expected.entries()) expect(resized.values[place]).toBeCloseTo(value, 5);
    expect(resized.values).toHaveLength(expected.length);
  });

  it("normalise where they stand, or last", () => {
    const twice = { kind: "normalise", mean: [1, 2], deviation: [2, 4] } as const;
    const padded = { kind: "pad", pixels: 1 } as const;
    expect(run(padded, twice).values[0]).toBe(-0.5);
    expect(run(twice, padded).values[0]).toBe(0);
    const own = pipeline({ ...set, normalisation: twice }, [padded]);
    expect([...own.run(Float64Array.from(values), stream(1))]).toEqual(run(padded, twice).values);
  });

  it.each<[string, unknown[]]>([
    ["of no known kind", [{ kind: "rotate" }]],
    ["with a setting too many", [{ kind: "random-flip", axis: 1 }]],
    ["that would cut out more than there is", [{ kind: "random-crop", height: 3, width: 3 }]],
    ["with means for other channels", [{ kind: "normalise", mean: [1], deviation: [1] }]],
    ["with a deviation of 0", [{ kind: "normalise", mean: [1, 1], deviation: [1, 0] }]],
    ["that would fill the memory", [{ kind: "resize", height: 1e6, width: 1e6 }]],
    ["that together would fill the memory", Array(32).fill({ kind: "pad", pixels: 1_024 })],
    ["without end", Array(33).fill({ kind: "random-flip" })],
  ])("%s are refused", (_, transforms) => {
    // As out of a manifest, of which nothing is known yet.
    expect(() => pipeline(set, JSON.parse(JSON.stringify(transforms)))).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });

  it("of images are refused for rows of a table", () => {
    expect(() => pipeline({ shape: [4], normalisation: plain }, [{ kind: "random-flip" }])).toThrow(
      expect.objectContaining({ code: "invalid_request", message: expect.stringContaining("[4]") }),
    );
  });
});

describe("a loader with transforms", () => {
  const many: Dataset = {
    ...set,
    count: 40,
    shape: [1, 4, 4],
    normalisation: { mean: [0.4], deviation: [0.3] },
    values: Uint8Array.from({ length: 640 }, (_, place) => (place * 37) % 256),
    labels: Uint8Array.from({ length: 40 }, (_, place) => place % 2),
  };
  const augment: Transform[] = [
    { kind: "pad", pixels: 1 },
    { kind: "random-crop", height: 4, width: 4 },
    { kind: "random-flip" },
  ];
  const random = { seed: 7, streamName: [2, "alice"] };
  const all = (options: Partial<Parameters<typeof loader>[1]>) =>
    [...loader(many, { batchSize: 8, ...options })].flatMap(({ images }) => [...images]);

  it("gives the same batches for the same stream, and others for another, in each pass others", () => {
    const batches = all({ transforms: augment, random, epochs: 2 });
    expect(all({ transforms: augment, random, epochs: 2 })).toEqual(batches);
    expect(all({ transforms: augment, random: { ...random, seed: 8 }, epochs: 2 })).not.toEqual(batches);
    expect(batches.slice(0, 640)).not.toEqual(batches.slice(640));
  });

  it("draws the same whatever the size of batches, and from the stream of the order where no other is named", () => {
    expect(all({ transforms: augment, random, batchSize: 3 })).toEqual(all({ transforms: augment, random }));
    const shuffled = all({ transforms: augment, shuffle: random });
    expect(shuffled).toEqual(all({ transforms: augment, shuffle: random, random }));
  });

  it("gives to the last digit what the quick way gives when nothing is drawn", () => {
    expect(all({ transforms: [{ kind: "normalise" }] })).toEqual(all({}));
    expect(all({ transforms: [{ kind: "random-flip", probability: 0 }], random })).toEqual(all({}));
  });

  it("refuses to draw from nowhere", () => {
    expect(() => loader(many, { batchSize: 8, transforms: augment })).toThrow(
      expect.objectContaining({ code: "invalid_request", message: expect.stringContaining("stream") }),
    );
  });

  it("gives targets as rows of zeros and a one", () => {
    const [batch] = loader(many, { batchSize: 3, transforms: [{ kind: "one-hot" }] });
    expect([...(batch?.targets ?? [])]).toEqual([1, 0, 0, 1, 1, 0]);
    expect([...(batch?.labels ?? [])]).toEqual([0, 1, 0]);
  });

  it("walks through float32 features as they are, normalised", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 2, maxLength: 40 }),
        (numbers) => {
          const table: Dataset = {
            ...set,
            count: numbers.length,
            shape: [1],
            values: Float32Array.from(numbers),
            labels: new Int32Array(numbers.length),
            normalisation: { mean: [3], deviation: [2] },
          };
          const batches = [...loader(table, { batchSize: 7 })];
          expect(batches.flatMap(({ images }) => [...images])).toEqual(
            numbers.map((number) => Math.fround((number - 3) / 2)),
          );
        },
      ),
    );
  });
});
