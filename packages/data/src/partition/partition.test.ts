import { stream } from "@tributary/protocol";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { mnist } from "../datasets/mnist.js";
import type { ImageSet } from "../image-set.js";
import { type PartitionSpec, partition } from "./partition.js";

const small = { classes: 10, labels: Uint8Array.from({ length: 500 }, (_, index) => (index * 7) % 10) };

const specs: fc.Arbitrary<PartitionSpec> = fc.oneof(
  fc.record({ kind: fc.constant("iid" as const), shards: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    kind: fc.constant("label-shards" as const),
    shards: fc.integer({ min: 1, max: 20 }),
    piecesEach: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    kind: fc.constant("dirichlet" as const),
    shards: fc.integer({ min: 1, max: 8 }),
    alpha: fc.double({ min: 0.3, max: 100, noNaN: true }),
  }),
);

describe("partition", () => {
  it("gives every sample to exactly one shard, and the same shards for the same seed", () => {
    fc.assert(
      fc.property(specs, fc.nat(1000), (spec, seed) => {
        const parts = partition(small, spec, seed);
        const all = parts.flatMap((part) => [...part]).sort((a, b) => a - b);
        expect(all).toEqual([...small.labels.keys()]);
        expect(partition(small, spec, seed)).toEqual(parts);
      }),
    );
  });

  it("gives each worker its chosen labels and nobody's else, and leaves out what nobody chose", () => {
    const choices = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(choices, fc.nat(1000), (labels, seed) => {
        const parts = partition(small, { kind: "labels", labels }, seed);
        const all = parts.flatMap((part) => [...part]).sort((a, b) => a - b);
        const chosen = new Set(labels.flat());
        expect(all).toEqual([...small.labels.keys()].filter((index) => chosen.has(small.labels[index] ?? -1)));
        for (const [shard, part] of parts.entries())
          for (const index of part) expect(labels[shard]).toContain(small.labels[index]);
      }),
    );
  });

  it("deals out classes of any size", () => {
    const large = { classes: 1, labels: new Uint8Array(400_000) };
    const sizes = (spec: PartitionSpec) => partition(large, spec, 1).map((part) => part.length);
    expect(sizes({ kind: "labels", labels: [[0]] })).toEqual([400_000]);
    expect(sizes({ kind: "dirichlet", shards: 2, alpha: 1 }).reduce((sum, size) => sum + size, 0)).toBe(400_000);
  });

  it("refuses labels that are no class, in place of losing their samples", () => {
    const odd = { classes: 2, labels: Uint8Array.of(0, 1, 2) };
    expect(() => partition(odd, { kind: "iid", shards: 1 }, 1)).toThrow(
      expect.objectContaining({ code: "invalid_request", message: expect.stringContaining("label 2") }),
    );
  });

  it.each<PartitionSpec>([
    { kind: "iid", shards: 0 },
    { kind: "iid", shards: 501 },
    { kind: "iid", shards: 1.5 },
    { kind: "label-shards", shards: 100, piecesEach: 6 },
    { kind: "label-shards", shards: 10, piecesEach: 0 },
    { kind: "labels", labels: [[0], [10]] },
    { kind: "labels", labels: [[0], []] },
    { kind: "dirichlet", shards: 3, alpha: 0 },
    { kind: "dirichlet", shards: 3, alpha: Number.NaN },
    { kind: "dirichlet", shards: 3, alpha: Number.POSITIVE_INFINITY },
    { kind: "dirichlet", shards: 400, alpha: 0.01 },
  ])("refuses %j", (spec) => {
    expect(() => partition(small, spec, 1)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it("deals a label that several chose out among them", () => {
    const parts = partition(small, { kind: "labels", labels: [[3, 4], [4], [4, 5]] }, 1);
    const count = (shard: number, label: number) =>
      [...(parts[shard] ?? [])].filter((index) => small.labels[index] === label).length;
    expect([count(0, 3), count(0, 4), count(1, 4), count(2, 4), count(2, 5)]).toEqual([50, 16, 17, 17, 50]);
  });

  it("gives each class to one worker alone as alpha goes to 0", () => {
    const parts = partition(small, { kind: "dirichlet", shards: 3, alpha: 1e-6 }, 1);
    for (let label = 0; label < 10; label++) {
      const holders = parts.filter((part) => part.some((index) => small.labels[index] === label));
      expect(holders).toHaveLength(1);
    }
  });

  it("is the more uneven, the smaller alpha is", () => {
    const spread = (alpha: number) => {
      const sizes = partition(small, { kind: "dirichlet", shards: 5, alpha }, 3).map((part) => part.length);
      return Math.max(...sizes) - Math.min(...sizes);
    };
    expect(spread(0.5)).toBeGreaterThan(spread(1000));
  });
});

describe("MNIST", () => {
  let train: ImageSet;
  beforeAll(async () => {
    train = await mnist("train");
  });
  const labelsOf = (part: Int32Array) => new Set([...part].map((index) => train.labels[index]));

  it("splits into the shards of PySyft's example", () => {
    const labels = [
      [0, 1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ];
    const parts = partition(train, { kind: "labels", labels }, stream(1).uint32());
    expect(parts.map((part) => part.length)).toEqual([24_754, 17_181, 18_065]);
    expect(parts.map((part) => [...labelsOf(part)].sort())).toEqual(labels);
  });

  it("splits into the 200 pieces of 300 of McMahan et al.: two a client, mostly two digits", () => {
    const parts = partition(train, { kind: "label-shards", shards: 100, piecesEach: 2 }, 1);
    expect(parts.every((part) => part.length === 600)).toBe(true);
    const digits = parts.map((part) => labelsOf(part).size);
    expect(Math.max(...digits)).toBeLessThanOrEqual(4);
    expect(digits.reduce((sum, count) => sum + count, 0) / 100).toBeLessThan(2.5);
  });
});
