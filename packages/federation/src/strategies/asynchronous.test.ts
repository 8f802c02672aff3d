import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floats, runRound, strategyWith } from "../testing/rounds.js";

const ELEMENTS = 3;
const vector = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: ELEMENTS, maxLength: ELEMENTS });
const update = fc.record({ values: vector, base: vector, staleness: fc.integer({ min: 0, max: 20 }) });

describe("asynchronous rules", () => {
  it("FedBuff: the mean of changes to the versions that they began with, by their staleness (Nguyen et al. 2022, algorithm 1)", () =>
    fc.assert(
      fc.asyncProperty(fc.array(update, { minLength: 3, maxLength: 6 }), vector, async (updates, before) => {
        const strategy = { kind: "fedbuff", bufferSize: 3, serverLearningRate: 0.5, stalenessExponent: 0.5 };
        const { model } = await runRound({ strategy, updates, before });
        for (const [i, value] of model.entries()) {
          const sum = updates.reduce(
            (sum, { values, base, staleness }) => sum + ((values[i] ?? 0) - (base[i] ?? 0)) / Math.sqrt(1 + staleness),
            0,
          );
          expect(value).toBeCloseTo((before[i] ?? 0) + (0.5 * sum) / updates.length, 4);
        }
      }),
    ));

  it.each<[string, object, (tau: number) => number]>([
    ["constant", { staleness: "constant" }, () => 1],
    ["polynomial", { staleness: "polynomial", a: 0.7 }, (tau) => (1 + tau) ** -0.7],
    ["hinge", { staleness: "hinge", a: 2, b: 3 }, (tau) => (tau <= 3 ? 1 : 1 / (2 * (tau - 3) + 1))],
  ])(
    "FedAsync: mixes each update in, older ones first, staleness %s (Xie et al. 2019, section 5.2)",
    (_, settings, s) =>
      fc.assert(
        fc.asyncProperty(fc.array(update, { minLength: 1, maxLength: 4 }), vector, async (updates, before) => {
          const { model } = await runRound({
            strategy: { kind: "fedasync", alpha: 0.6, ...settings },
            updates,
            before,
          });
          let x = before;
          for (const { values, staleness } of updates.toSorted((a, b) => b.staleness - a.staleness)) {
            const share = 0.6 * s(staleness);
            x = x.map((value, i) => (1 - share) * value + share * (values[i] ?? 0));
          }
          for (const [i, value] of model.entries()) expect(value).toBeCloseTo(x[i] ?? Number.NaN, 4);
        }),
      ),
  );

  it.each([{ kind: "fedbuff", bufferSize: 3 }, { kind: "fedasync" }])(
    "%j makes the same bytes of updates of several versions, in whatever order they came",
    (strategy) => {
      const shuffled = fc
        .array(update, { minLength: 3, maxLength: 6 })
        .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
      return fc.assert(
        fc.asyncProperty(shuffled, vector, async ([updates, came], before) => {
          const [inOrder, shuffledOnes] = [
            await runRound({ strategy, updates, before }),
            await runRound({ strategy, updates, before, came }),
          ];
          expect(shuffledOnes).toEqual(inOrder);
        }),
        { numRuns: 50 },
      );
    },
  );

  it("a bucket of an old update and a fresh one changes the mean of the versions that they began with", async () => {
    const strategy = { kind: "bucketing", size: 2, of: { kind: "fedbuff", bufferSize: 1, stalenessExponent: 0 } };
    const updates = [
      { values: [5], base: [3], staleness: 2 },
      { values: [14], staleness: 0 },
    ];
    // The changes are 5 − 3 and 14 − 10.
    expect((await runRound({ strategy, updates, before: [10] })).model).toEqual(floats(13));
  });

  it("FedAsync with alpha 1 is the last update", async () => {
    const updates = [
      { values: [1], staleness: 3 },
      { values: [2], staleness: 0 },
      { values: [3], staleness: 1 },
    ];
    const strategy = { kind: "fedasync", alpha: 1, staleness: "constant" };
    expect((await runRound({ strategy, updates, before: [9] })).model).toEqual(floats(2));
  });

  it.each([
    [
      { kind: "fedbuff", bufferSize: 4 },
      { bufferSize: 4, maximumStaleness: 1_000 },
    ],
    [
      { kind: "fedasync", maximumStaleness: 3 },
      { bufferSize: 1, maximumStaleness: 3 },
    ],
    [{ kind: "fedavg" }, undefined],
    [
      { kind: "norm-bounding", of: { kind: "fedbuff", bufferSize: 2 } },
      { bufferSize: 2, maximumStaleness: 1_000 },
    ],
  ])("%j says how many updates make a version, and how old they may be: %j", (strategy, asynchronous) => {
    expect(strategyWith(strategy).asynchronous).toEqual(asynchronous);
  });
});
