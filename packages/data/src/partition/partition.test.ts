import { stream } from "@tributary/protocol";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { ImageSet } from "../dataset.js";
import { mnist } from "../datasets/mnist.js";
import { naturalIds } from "../natural-ids.js";
import { type PartitionSpec, partition } from "./partition.js";

const small = {
  classes: 10,
  labels: Uint8Array.from({ length: 500 }, (_, index) => (index * 7) % 10),
  ids: naturalIds(Array.from({ length: 500 }, (_, index) => `writer ${(index * index) % 23}`)),
};
const WRITERS = small.ids.names.length;

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
  fc
    .record(
      {
        shards: fc.integer({ min: 1, max: 30 }),
        labelsEach: fc.integer({ min: 1, max: 10 }),
        exponent: fc.double({ min: 0, max: 10, noNaN: true }),
      },
      { requiredKeys: ["shards", "labelsEach"] },
    )
    .filter(({ shards, labelsEach }) => shards * labelsEach >= 10)
    .map((settings) => ({ kind: "labels-per-client" as const, ...settings })),
  fc.record({
    kind: fc.constant("similarity" as const),
    shards: fc.integer({ min: 1, max: 50 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant("size-skew" as const),
    shards: fc.integer({ min: 1, max: 50 }),
    exponent: fc.double({ min: 0, max: 10, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant("sizes" as const),
    proportions: fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }),
  }),
  fc.record(
    { kind: fc.constant("natural-id" as const), shards: fc.integer({ min: 1, max: WRITERS }) },
    { requiredKeys: ["kind"] },
  ),
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
    { kind: "labels-per-client", shards: 3, labelsEach: 3 },
    { kind: "labels-per-client", shards: 3, labelsEach: 11 },
    { kind: "labels-per-client", shards: 10, labelsEach: 0 },
    { kind: "labels-per-client", shards: 10, labelsEach: 1.5 },
    { kind: "labels-per-client", shards: 10, labelsEach: 2, exponent: -1 },
    { kind: "similarity", shards: 3, share: -0.1 },
    { kind: "similarity", shards: 3, share: 1.1 },
    { kind: "similarity", shards: 3, share: Number.NaN },
    { kind: "size-skew", shards: 3, exponent: -1 },
    { kind: "size-skew", shards: 3, exponent: Number.NaN },
    { kind: "size-skew", shards: 501, exponent: 1 },
    { kind: "sizes", proportions: [] },
    { kind: "sizes", proportions: [1, 0] },
    { kind: "sizes", proportions: [1, Number.POSITIVE_INFINITY] },
    { kind: "natural-id", shards: WRITERS + 1 },
    { kind: "natural-id", shards: 0 },
  ])("refuses %j", (spec) => {
    expect(() => partition(small, spec, 1)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it("deals a label that several chose out among them", () => {
    const parts = partition(small, { kind: "labels", labels: [[3, 4], [4], [4, 5]] }, 1);
    const count = (shard: number, label: number) =>
      [...(parts[shard] ?? [])].filter((index) => small.labels[index] === label).length;
    expect([count(0, 3), count(0, 4), count(1, 4), count(2, 4), count(2, 5)]).toEqual([50, 16, 17, 17, 50]);
  });

  it("goes by ids only where there are some", () => {
    const { ids: _, ...without } = small;
    expect(() => partition(without, { kind: "natural-id" }, 1)).toThrow(
      expect.objectContaining({ code: "invalid_request", message: expect.stringContaining("no ids") }),
    );
  });

  it("keeps the samples of an id together, whatever the number of shards", () => {
    const shards = fc.option(fc.integer({ min: 1, max: WRITERS }), { nil: undefined });
    fc.assert(
      fc.property(shards, fc.nat(1000), (count, seed) => {
        const parts = partition(small, { kind: "natural-id", ...(count && { shards: count }) }, seed);
        expect(parts).toHaveLength(count ?? WRITERS);
        const holders = parts.map((part) => new Set([...part].map((index) => small.ids.of[index])));
        expect(holders.reduce((sum, own) => sum + own.size, 0)).toBe(WRITERS);
        if (count === undefined) for (const [place, own] of holders.entries()) expect([...own]).toEqual([place]);
      }),
    );
  });

  it("gives each worker k labels, and each of a label's holders as much of it as any other", () => {
    const settings = fc
      .record({ shards: fc.integer({ min: 1, max: 30 }), labelsEach: fc.integer({ min: 1, max: 10 }) })
      .filter(({ shards, labelsEach }) => shards * labelsEach >= 10);
    fc.assert(
      fc.property(settings, fc.nat(1000), ({ shards, labelsEach }, seed) => {
        const parts = partition(small, { kind: "labels-per-client", shards, labelsEach }, seed);
        const counts = parts.map((part) =>
          Array.from({ length: 10 }, (_, label) => [...part].filter((index) => small.labels[index] === label).length),
        );
        for (const own of counts) expect(own.filter((count) => count > 0)).toHaveLength(labelsEach);
        for (let label = 0; label < 10; label++) {
          const held = counts.map((own) => own[label] ?? 0).filter((count) => count > 0);
          expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("gives worker i label i mod classes, as NIID-Bench does", () => {
    const parts = partition(small, { kind: "labels-per-client", shards: 20, labelsEach: 2 }, 1);
    for (const [shard, part] of parts.entries())
      expect([...part].map((index) => small.labels[index])).toContain(shard % 10);
  });

  it("gives holders of a label as much of it as a power law says", () => {
    const spec = { kind: "labels-per-client", shards: 20, labelsEach: 10, exponent: 1 } as const;
    const large = { classes: 10, labels: Uint8Array.from({ length: 60_000 }, (_, index) => index % 10) };
    const sizes = partition(large, spec, 1).map((part) => part.length);
    expect((sizes[0] ?? 0) / (sizes[1] ?? 0)).toBeCloseTo(2, 1);
    expect((sizes[0] ?? 0) / (sizes[3] ?? 0)).toBeCloseTo(4, 1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(60_000);
    const [first = new Int32Array()] = partition(large, { ...spec, labelsEach: 2 }, 1);
    expect(new Set([...first].map((index) => large.labels[index])).size).toBe(2);
  });

  it("makes sizes by a power law, or in the proportions that were asked for, with labels alike everywhere", () => {
    const large = { classes: 2, labels: Uint8Array.from({ length: 60_004 }, (_, index) => index % 2) };
    const sizes = (spec: PartitionSpec) => partition(large, spec, 1).map((part) => part.length);
    expect(sizes({ kind: "sizes", proportions: [3, 2, 1] })).toEqual([30_002, 20_001, 10_001]);
    expect(sizes({ kind: "size-skew", shards: 4, exponent: 1 })).toEqual([28_801, 14_401, 9_601, 7_201]);
    expect(sizes({ kind: "size-skew", shards: 4, exponent: 0 })).toEqual([15_001, 15_001, 15_001, 15_001]);
    const [first = new Int32Array()] = partition(large, { kind: "size-skew", shards: 4, exponent: 2 }, 1);
    const ones = [...first].filter((index) => large.labels[index] === 1).length;
    expect(ones / first.length).toBeCloseTo(0.5, 1);
  });

  it("deals the share that is alike out at random, and the others by label", () => {
    const even = { classes: 10, labels: Uint8Array.from({ length: 10_000 }, (_, index) => index % 10) };
    const most = (share: number) =>
      partition(even, { kind: "similarity", shards: 10, share }, 1).map((part) => {
        expect(part).toHaveLength(1_000);
        const counts = Array.from({ length: 10 }, (_, label) => part.filter((at) => even.labels[at] === label).length);
        return Math.max(...counts) / part.length;
      });
    expect(most(0)).toEqual(Array(10).fill(1));
    // A tenth of its tenth is of the shard's own label.
    for (const share of most(0.1)) expect(share).toBeCloseTo(0.91, 1);
    for (const share of most(1)) expect(share).toBeLessThan(0.15);
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
