import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contextOf, contributionOf, floats, runRound, strategyWith } from "../testing/rounds.js";

const updates = fc.array(
  fc.record({
    samples: fc.integer({ min: 1, max: 100_000 }),
    values: fc.float32Array({ minLength: 5, maxLength: 5, min: -100, max: 100, noNaN: true }),
  }),
  { minLength: 1, maxLength: 8 },
);

const fedAvg = (weighting: "samples" | "equal") => ({ kind: "fedavg", weighting });

describe("FedAvg", () => {
  const small = { samples: 100, values: floats(1, 2, 3, 4, 5) };
  const large = { samples: 300, values: floats(5, 6, 7, 8, 9) };
  const both = { updates: [small, large] };

  it("weighs an update by the samples that its worker holds (McMahan et al. 2017, algorithm 1)", async () => {
    const { model } = await runRound({ strategy: fedAvg("samples"), ...both });
    expect(model).toEqual(floats(4, 5, 6, 7, 8));
  });

  it("weighs all updates alike when it is told so", async () => {
    const { model } = await runRound({ strategy: fedAvg("equal"), ...both });
    expect(model).toEqual(floats(3, 4, 5, 6, 7));
  });

  it("is the mean of those that came", async () => {
    const { model } = await runRound({ strategy: fedAvg("samples"), ...both, came: [large] });
    expect(model).toEqual(large.values);
  });

  it("is the mean of float64, rounded to float32", async () => {
    await fc.assert(
      fc.asyncProperty(updates, async (all) => {
        const total = all.reduce((sum, { samples }) => sum + samples, 0);
        const { model } = await runRound({ strategy: fedAvg("samples"), updates: all });
        for (const [index, value] of model.entries()) {
          const reference = all.reduce((sum, { samples, values }) => sum + samples * (values[index] ?? 0), 0) / total;
          expect(Math.abs(value - reference)).toBeLessThanOrEqual(Math.abs(reference) * 2 ** -24 + 1e-10);
        }
      }),
    );
  });

  it("has no result when an update broke off", async () => {
    const strategy = fedAvg("samples");
    const aggregation = strategyWith(strategy).open(contextOf({ strategy, ...both }));
    await aggregation.fold(contributionOf(small));
    const broken = contributionOf({ ...large, values: large.values.subarray(0, 3) }, 1);
    await expect(aggregation.fold(broken)).rejects.toMatchObject({ code: "update_shape_mismatch" });
    await expect(aggregation.result(0, 1)).rejects.toMatchObject({ code: "conflict" });
  });

  it("takes no more weight than the cohort has", async () => {
    const strategy = fedAvg("samples");
    const aggregation = strategyWith(strategy).open(contextOf({ strategy, updates: [small] }));
    await expect(aggregation.fold(contributionOf(large))).rejects.toMatchObject({ code: "sample_count_invalid" });
  });
});
