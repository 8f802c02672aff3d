import { stream } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { floats, runRound, strategyWith } from "../testing/rounds.js";

const ELEMENTS = 3;
const vector = fc.array(
  fc.integer({ min: -64, max: 64 }).map((value) => value / 8),
  { minLength: ELEMENTS, maxLength: ELEMENTS },
);
const cohort = fc.array(vector, { minLength: 3, maxLength: 9 });
const updatesOf = (vectors: readonly (readonly number[])[]) => vectors.map((values) => ({ values }));

describe("norm bounding", () => {
  it("divides a change by max(1, its norm / M) (Sun et al. 2019, section 4), whatever is inside", () =>
    fc.assert(
      fc.asyncProperty(cohort, vector, fc.constantFrom("fedavg", "median"), async (vectors, before, kind) => {
        const bounded = vectors.map((values) => {
          const change = values.map((value, i) => value - (before[i] ?? 0));
          const divisor = Math.max(1, Math.hypot(...change) / 2);
          return change.map((value, i) => (before[i] ?? 0) + value / divisor);
        });
        const strategy = { kind: "norm-bounding", norm: 2, of: { kind } };
        const { model } = await runRound({ strategy, updates: updatesOf(vectors), before });
        const plain = await runRound({ strategy: { kind }, updates: updatesOf(bounded), before });
        for (const [i, value] of model.entries()) expect(value).toBeCloseTo(plain.model[i] ?? Number.NaN, 4);
      }),
    ));

  it.each([
    ["by the same norm", {}, 1],
    ["by a norm of its own", { extraNorm: 2 }, 2],
  ])("bounds what comes besides the model, however little that changes: %s", async (_, setting, length) => {
    const strategy = { kind: "norm-bounding", norm: 1, ...setting, of: { kind: "scaffold" } };
    const updates = [{ values: [0, 0], extra: { controlChange: [3_000, 4_000] } }];
    const { model, state } = await runRound({ strategy, updates });
    expect(model).toEqual(floats(0, 0));
    expect(Math.hypot(...(state.control ?? []))).toBeCloseTo(length, 5);
    expect(state.control?.[0]).toBeCloseTo(0.6 * length, 5);
  });

  it("does not make what admission would refuse small enough", async () => {
    const strategy = { kind: "norm-bounding", norm: 1, of: { kind: "scaffold" } };
    const updates = [{ values: [0, 0], extra: { controlChange: [0, 5_000] } }];
    await expect(runRound({ strategy, updates })).rejects.toMatchObject({ code: "update_out_of_range" });
  });

  it("leaves short changes as they are, bit for bit", async () => {
    const updates = updatesOf([[0.1, 0.2, 0.3]]);
    const { model } = await runRound({ strategy: { kind: "norm-bounding", norm: 1, of: { kind: "fedavg" } }, updates });
    expect(model).toEqual((await runRound({ strategy: { kind: "fedavg" }, updates })).model);
  });
});

describe("bucketing", () => {
  it("gives the inner rule the means of shuffled updates, another shuffle each round (Karimireddy et al. 2022, algorithm 1)", () =>
    fc.assert(
      fc.asyncProperty(cohort, fc.integer({ min: 1, max: 9 }), async (vectors, round) => {
        const order = stream(1, "bucketing", round).shuffle([...vectors.keys()]);
        const buckets: number[][] = [];
        for (let at = 0; at < order.length; at += 2) {
          const members = order.slice(at, at + 2).map((index) => vectors[index] ?? []);
          buckets.push(
            Array.from(
              { length: ELEMENTS },
              (_, i) => members.reduce((sum, x) => sum + (x[i] ?? 0), 0) / members.length,
            ),
          );
        }
        const strategy = { kind: "bucketing", size: 2, of: { kind: "median" } };
        const { model } = await runRound({ strategy, updates: updatesOf(vectors), round });
        const plain = await runRound({ strategy: { kind: "median" }, updates: updatesOf(buckets), round });
        expect(model).toEqual(plain.model);
      }),
    ));

  it("has so many updates that enough buckets come of them", () => {
    const of = { kind: "krum", byzantine: 1 };
    expect(strategyWith({ kind: "bucketing", size: 3, of }).least).toBe(13);
    const spec = (size: number) =>
      checkJobSpec({
        model: "lenet5",
        dataset: "mnist",
        strategy: { kind: "bucketing", size: 3, of },
        cohort: { size },
      });
    expect(() => spec(12)).toThrow(/cohort.size: must be at least 13: strategy.kind bucketing needs as many updates/);
    expect(() => spec(13)).not.toThrow();
  });

  it.each([
    { kind: "scaffold" },
    { kind: "scaffold", population: 20 },
    { kind: "feddyn" },
    { kind: "feddyn", population: 20 },
  ])("leaves %j the workers to count, of those that were selected: |S| and N are none of buckets", (of) =>
    fc.assert(
      fc.asyncProperty(cohort, vector, fc.integer({ min: 0, max: 2 }), async (vectors, before, absent) => {
        const updates = vectors.map((values) => ({ values, extra: { controlChange: values } }));
        const test = { updates, before, came: updates.slice(absent) };
        const bucketing = { kind: "bucketing", size: 2, of };
        for (const strategy of [bucketing, { kind: "norm-bounding", norm: 1e6, of: bucketing }]) {
          const [bucketed, plain] = [await runRound({ ...test, strategy }), await runRound({ ...test, strategy: of })];
          for (const [i, value] of bucketed.model.entries()) expect(value).toBeCloseTo(plain.model[i] ?? Number.NaN, 4);
          for (const [name, values] of Object.entries(plain.state))
            for (const [i, value] of values.entries()) expect(bucketed.state[name]?.[i]).toBeCloseTo(value, 4);
        }
      }),
    ),
  );

  it("does not let a bad value hide in the mean of a bucket", async () => {
    const updates = updatesOf([[5_000], [0]]);
    const round = runRound({ strategy: { kind: "bucketing", size: 2, of: { kind: "fedavg" } }, updates });
    await expect(round).rejects.toMatchObject({ code: "update_out_of_range" });
  });
});

describe("wrappers", () => {
  const nested = {
    ...{ kind: "norm-bounding", norm: 1, extraNorm: 3 },
    of: { kind: "bucketing", size: 2, of: { kind: "scaffold" } },
  };

  it("compose, and pass on what the innermost asks, keeps and is sent", async () => {
    const { objective, state } = strategyWith(nested);
    expect([objective, state]).toEqual([strategyWith({ kind: "scaffold" }).objective, ["control"]]);
    const updates = Array.from({ length: 4 }, () => ({ values: [3, 4], extra: { controlChange: [1, 2] } }));
    const result = await runRound({ strategy: nested, updates });
    expect(result.model[0]).toBeCloseTo(0.6, 6);
    expect(result.state.control).toEqual(floats(1, 2));
  });

  it("are two deep at most", () => {
    const strategy = { kind: "bucketing", of: nested };
    expect(() => checkJobSpec({ model: "lenet5", dataset: "mnist", strategy })).toThrow(/strategy.of.of.kind: /);
  });

  it.each<[unknown, string]>([
    [{ kind: "bucketing", size: 2 }, "strategy.of: "],
    [{ kind: "bucketing", of: { kind: "mean" } }, "strategy.of.kind: "],
    [{ kind: "bucketing", of: { kind: "krum", f: 1 } }, "strategy.of.f: unknown field"],
    [{ kind: "krum", trim: 1 }, 'strategy.trim: "krum" has no such setting'],
    [{ trim: 1 }, 'strategy.trim: "fedavg" has no such setting'],
    [{ kind: "mean" }, 'strategy.kind: "fedavg" or "fedavgm"'],
    [{ kind: "trimmed-mean", trim: -1 }, "strategy.trim: an integer from 0 to 10,000 is wanted, got -1"],
    [{ kind: "fedper" }, "strategy.localParameters: a list of 1 to 100"],
  ])("%j is refused: %s", (strategy, message) => {
    expect(() => checkJobSpec({ model: "lenet5", dataset: "mnist", strategy })).toThrow(
      expect.objectContaining({ code: "invalid_job_spec", message: expect.stringContaining(message) }),
    );
  });
});
