import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floats, runRound, strategyWith, type TestResult } from "../testing/rounds.js";

const ELEMENTS = 4;
const vector = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: ELEMENTS, maxLength: ELEMENTS });
const update = fc.record({
  values: vector,
  samples: fc.integer({ min: 1, max: 500 }),
  localSteps: fc.integer({ min: 1, max: 30 }),
  loss: fc.double({ min: 0.01, max: 5, noNaN: true }),
  correction: vector,
});
const cohort = fc.array(update, { minLength: 1, maxLength: 5 });
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const training = { batchSize: 1, epochs: 30, learningRate: 0.05 };

function close(values: Float32Array | undefined, wanted: readonly number[]): void {
  expect(values).toHaveLength(wanted.length);
  for (const [index, value] of (values ?? []).entries())
    expect(Math.abs(value - (wanted[index] ?? Number.NaN))).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
}

describe("what a server makes of what its objective asked for", () => {
  it.each([0, 0.9])("FedNova: equation 9 of Wang et al. 2020, momentum %d", (momentum) =>
    fc.assert(
      fc.asyncProperty(cohort, vector, async (updates, before) => {
        const samples = total(updates.map(({ samples }) => samples));
        // ‖a_k‖₁ as the sum of what section 4 lists: a_k = (1 − ρ^τ, 1 − ρ^(τ − 1), …, 1 − ρ) / (1 − ρ).
        const a = updates.map(({ localSteps }) =>
          total(Array.from({ length: localSteps }, (_, i) => (1 - momentum ** (localSteps - i)) / (1 - momentum))),
        );
        const p = updates.map((update) => update.samples / samples);
        const effective = total(p.map((share, k) => share * (a[k] ?? 0)));
        const wanted = before.map(
          (x, i) =>
            x + effective * total(updates.map(({ values }, k) => ((p[k] ?? 0) * ((values[i] ?? 0) - x)) / (a[k] ?? 0))),
        );
        const settings = { ...training, momentum };
        close((await runRound({ strategy: { kind: "fednova" }, updates, before, training: settings })).model, wanted);
      }),
    ),
  );

  it("FedNova: takes no more steps from a worker than its samples make", async () => {
    const updates = [
      { values: [1], samples: 10, localSteps: 10 },
      { values: [-1], samples: 10, localSteps: 1e9 },
    ];
    const { model } = await runRound({ strategy: { kind: "fednova" }, updates, training: { batchSize: 1, epochs: 1 } });
    expect(model).toEqual(floats(0));
  });

  it("FedNova: divides by all steps that maxBatches makes, over several passes of a small shard", async () => {
    const updates = [
      { values: [1], samples: 10, localSteps: 100 },
      { values: [-1], samples: 1_000, localSteps: 100 },
    ];
    const test = { updates, training: { batchSize: 1, epochs: 1, maxBatches: 100 } };
    const { model } = await runRound({ ...test, strategy: { kind: "fednova" } });
    close(model, [...(await runRound({ ...test, strategy: { kind: "fedavg" } })).model]);
  });

  it("SCAFFOLD: lines 16 and 17 of algorithm 1 of Karimireddy et al. 2020, over rounds", () =>
    fc.assert(
      fc.asyncProperty(fc.array(cohort, { minLength: 3, maxLength: 3 }), vector, async (rounds, start) => {
        let last: TestResult = { model: Float32Array.from(start), state: {} };
        let c = start.map(() => 0);
        for (const all of rounds) {
          const before = [...last.model];
          const updates = all.map(({ correction, ...rest }) => ({ ...rest, extra: { controlChange: correction } }));
          const strategy = { kind: "scaffold", serverLearningRate: 0.5, population: 20 };
          last = await runRound({ strategy, updates, before, state: last.state });
          const wanted = before.map(
            (x, i) => x + (0.5 / all.length) * total(all.map(({ values }) => (values[i] ?? 0) - x)),
          );
          c = c.map((value, i) => value + total(all.map(({ correction }) => correction[i] ?? 0)) / 20);
          close(last.model, wanted);
          close(last.state.control, c);
        }
      }),
    ));

  it("SCAFFOLD: refuses an update without the change of its control variate", async () => {
    const round = runRound({ strategy: { kind: "scaffold" }, updates: [{ values: [1] }] });
    await expect(round).rejects.toMatchObject({ code: "update_shape_mismatch" });
  });

  it("FedDyn: the server's lines of algorithm 1 of Acar et al. 2021, over rounds", () =>
    fc.assert(
      fc.asyncProperty(fc.array(cohort, { minLength: 3, maxLength: 3 }), vector, async (rounds, start) => {
        let last: TestResult = { model: Float32Array.from(start), state: {} };
        let h = start.map(() => 0);
        for (const updates of rounds) {
          const before = [...last.model];
          const strategy = { kind: "feddyn", alpha: 0.1, population: 10 };
          last = await runRound({ strategy, updates, before, state: last.state });
          h = h.map(
            (value, i) => value - (0.1 / 10) * total(updates.map(({ values }) => (values[i] ?? 0) - (before[i] ?? 0))),
          );
          const wanted = h.map(
            (value, i) => total(updates.map(({ values }) => values[i] ?? 0)) / updates.length - value / 0.1,
          );
          close(last.model, wanted);
          close(last.state.h, h);
        }
      }),
    ));

  it("q-FedAvg: algorithm 2 of Li et al. 2020", () =>
    fc.assert(
      fc.asyncProperty(cohort, vector, fc.constantFrom(0, 0.2, 1, 5), async (updates, before, q) => {
        const L = 1 / training.learningRate;
        const deltas = updates.map(({ values }) => before.map((w, i) => L * (w - (values[i] ?? 0))));
        const h = total(
          updates.map(({ loss }, k) => {
            const square = total((deltas[k] ?? []).map((value) => value ** 2));
            return q * loss ** (q - 1) * square + L * loss ** q;
          }),
        );
        const wanted = before.map(
          (w, i) => w - total(updates.map(({ loss }, k) => loss ** q * (deltas[k]?.[i] ?? 0))) / h,
        );
        close((await runRound({ strategy: { kind: "q-fedavg", q }, updates, before, training })).model, wanted);
      }),
    ));

  it("q-FedAvg: gives no weight to who reports no loss, and no more than maxLoss has to who reports infinity", async () => {
    const strategy = { kind: "q-fedavg", q: 1, maxLoss: 2, lipschitz: 1e6 };
    const of = (...losses: number[]) =>
      runRound({ strategy, updates: losses.map((loss, index) => ({ loss, values: [index * 1e-3, 1e-3] })) });
    expect((await of(Number.NaN, 1)).model).toEqual((await of(0, 1)).model);
    expect((await of(1, Number.POSITIVE_INFINITY)).model).toEqual((await of(1, 2)).model);
  });

  it.each([0, -1, Number.NaN])("q-FedAvg: is not held still by a worker that reports a loss of %d", async (loss) => {
    const strategy = { kind: "q-fedavg", q: 0.2 };
    const honest = [1, 2].map((value) => ({ loss: 1, values: [value, value] }));
    const { model } = await runRound({ strategy, updates: [...honest, { loss, values: [9, -9] }] });
    expect(model).toEqual((await runRound({ strategy, updates: honest })).model);
  });

  it("q-FedAvg: counts a tiny loss as minLoss", async () => {
    const of = (loss: number, minLoss: number) =>
      runRound({ strategy: { kind: "q-fedavg", q: 0.2, minLoss }, updates: [{ loss, values: [1] }, { values: [1] }] });
    expect((await of(1e-200, 0.1)).model).toEqual((await of(0.1, 1e-9)).model);
  });

  it("q-FedAvg: is the mean with equal weights where no worker reports a loss, and with q = 0", async () => {
    const of = (q: number, ...losses: number[]) =>
      runRound({
        strategy: { kind: "q-fedavg", q },
        updates: losses.map((loss, index) => ({ loss, values: [1 + index] })),
      });
    expect((await of(2, 0, Number.NaN)).model).toEqual(floats(1.5));
    expect((await of(0, 3, Number.NaN)).model).toEqual(floats(1.5));
  });

  it.each([{ kind: "fedbn" }, { kind: "fedper", localParameters: ["bn.*", "head*"] }])(
    "%j keeps what is local as it was, bit for bit, whatever is sent, and averages the rest",
    async (strategy) => {
      const parameters = [
        { name: "conv.weight", elements: 2, buffer: false },
        { name: "bn.weight", elements: 1, buffer: false },
        { name: "bn.running_mean", elements: 1, buffer: true },
      ];
      const updates = [{ values: [1, 2, 3, 4] }, { values: [3, 4, -5, 600] }];
      for (const part of [1, 3, 4]) {
        const { model } = await runRound({ strategy, updates, before: [0, 0, -0, 1e-30], parameters, part });
        expect(model).toEqual(floats(2, 3, -0, 1e-30));
      }
    },
  );
});

describe("what a strategy asks of workers", () => {
  it.each<[object, object]>([
    [{ kind: "fedavg" }, {}],
    [{ kind: "fedprox", mu: 0.1 }, { proximalMu: 0.1 }],
    [{ kind: "fedsgd" }, { fullBatch: true, localSteps: 1 }],
    [{ kind: "ditto", lambda: 0.5, personalEpochs: 2 }, { personal: { lambda: 0.5, epochs: 2 } }],
    [{ kind: "fedper", localParameters: ["fc2.*"] }, { localParameters: ["fc2.*"] }],
    [
      { kind: "scaffold" },
      {
        ...{ sends: ["control"], keeps: ["localControl"], returns: ["controlChange"] },
        gradientCorrection: [
          { vector: "control", scale: 1 },
          { vector: "localControl", scale: -1 },
        ],
        afterTraining: { rule: "scaffold" },
      },
    ],
    [
      { kind: "feddyn", alpha: 0.1 },
      {
        ...{ proximalMu: 0.1, keeps: ["localGradient"], afterTraining: { rule: "feddyn", alpha: 0.1 } },
        gradientCorrection: [{ vector: "localGradient", scale: -1 }],
      },
    ],
  ])("%j is data: %j", (strategy, objective) => {
    expect(strategyWith(strategy).objective).toEqual(objective);
  });
});
