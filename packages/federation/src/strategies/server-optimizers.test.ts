import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floats, runRound, type TestResult } from "../testing/rounds.js";

interface Kept {
  m: number;
  v: number;
}
type Rule = (x: number, delta: number, kept: Kept) => number;

// The formulas of the papers, number by number, in float64.
const [eta, beta1, beta2, tau] = [0.1, 0.9, 0.99, 1e-3];
const adaptive =
  (beta1: number, nextV: (v: number, delta: number) => number): Rule =>
  (x, delta, kept) => {
    kept.m = beta1 * kept.m + (1 - beta1) * delta;
    kept.v = nextV(kept.v, delta);
    return x + (eta * kept.m) / (Math.sqrt(kept.v) + tau);
  };
const rules: [string, Rule][] = [
  [
    "fedavgm (Hsu et al. 2019, section 3)",
    (x, delta, kept) => {
      kept.m = 0.9 * kept.m + delta;
      return x + kept.m;
    },
  ],
  ["fedadagrad (Reddi et al. 2021, algorithm 2)", adaptive(0, (v, delta) => v + delta ** 2)],
  ["fedadam (Reddi et al. 2021, algorithm 2)", adaptive(beta1, (v, delta) => beta2 * v + (1 - beta2) * delta ** 2)],
  [
    "fedyogi (Reddi et al. 2021, algorithm 2)",
    adaptive(beta1, (v, delta) => v - (1 - beta2) * delta ** 2 * Math.sign(v - delta ** 2)),
  ],
];

const numbers = fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 });
const rounds = fc.array(fc.array(numbers, { minLength: 3, maxLength: 3 }), { minLength: 4, maxLength: 4 });
const samples = [1, 2, 5];

describe("optimizers of the server", () => {
  it.each(rules)("%s is the paper's formula, over several rounds", async (name, rule) => {
    const [kind = ""] = name.split(" ");
    await fc.assert(
      fc.asyncProperty(numbers, rounds, async (start, all) => {
        let last: TestResult = { model: Float32Array.from(start), state: {} };
        const kept = start.map(() => ({ m: 0, v: tau ** 2 }));
        for (const values of all) {
          const updates = values.map((vector, index) => ({ values: vector, samples: samples[index] ?? 0 }));
          const { model: before, state } = last;
          last = await runRound({ strategy: { kind }, updates, before, state });
          for (const [place, x] of before.entries()) {
            const mean =
              values.reduce((sum, vector, index) => sum + (samples[index] ?? 0) * (vector[place] ?? 0), 0) / 8;
            const wanted = rule(x, mean - x, kept[place] ?? { m: 0, v: 0 });
            // What is kept is float32, so it strays by a few of its steps.
            expect(Math.abs((last.model[place] ?? 0) - wanted)).toBeLessThan(2e-6 * Math.max(1, Math.abs(wanted)));
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it("FedAvgM without momentum, and a rate of 1, is FedAvg", async () => {
    const updates = [
      { values: [1, 2.5, -3], samples: 3 },
      { values: [0.1, 7, 11], samples: 4 },
    ];
    const before = [5, 5, 5];
    const momentum = await runRound({ strategy: { kind: "fedavgm", serverMomentum: 0 }, updates, before });
    const plain = await runRound({ strategy: { kind: "fedavg" }, updates, before });
    for (const [index, value] of momentum.model.entries()) expect(value).toBeCloseTo(plain.model[index] ?? 0, 6);
  });

  it.each(["fedavgm", "fedadagrad", "fedadam", "fedyogi"])(
    "%s averages buffers, and keeps nothing of them",
    async (kind) => {
      const parameters = [
        { name: "bn.weight", elements: 1, buffer: false },
        { name: "bn.running_var", elements: 2, buffer: true },
      ];
      const updates = [{ values: [1, 2, 4] }, { values: [3, 4, 8] }];
      const { model, state } = await runRound({ strategy: { kind }, updates, before: [0, 100, 100], parameters });
      expect(model.subarray(1)).toEqual(floats(3, 6));
      expect(state).not.toEqual({});
      for (const values of Object.values(state)) expect(values[1]).toBe(values[2]);
    },
  );
});
