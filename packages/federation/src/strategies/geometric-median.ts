import { z } from "zod";
import { combined, distancesFrom } from "../aggregation/combination.js";
import { Gathered } from "../aggregation/gathered.js";
import { defineStrategy } from "./define.js";
import { weighting } from "./settings.js";

/**
 * The point with the least weighted sum of distances to all updates (RFA), by Weiszfeld's iteration, smoothed: with αᵢ the
 * updates' shares, from v = Σ αᵢ·xᵢ on, βᵢ = αᵢ / max(ν, ‖v − xᵢ‖), v ← Σ βᵢ·xᵢ / Σ βᵢ. It stands fewer than half of the weight
 * sending anything at all. By default all weigh the same: a worker that may send anything may say any number of samples. Each iteration reads all updates once more.
 * Source: Pillutla et al. 2022, "Robust Aggregation for Federated Learning", algorithm 2.
 */
export const geometricMedian = defineStrategy({
  kind: "geometric-median",
  about: "The point that is nearest to all updates together, RFA (Pillutla et al. 2022)",
  settings: {
    weighting: weighting
      .removeDefault()
      .default("equal")
      .describe(
        "The weight of an update: 1, or the samples that its worker says it holds, a number that it can make up",
      ),
    iterations: z.int().min(1).max(100).default(3).describe("Iterations of Weiszfeld, R"),
    nu: z.number().min(1e-9).max(1_000).default(1e-6).describe("Least distance that is divided by, ν"),
  },
  example: {},
  memory: "window",
  open({ weighting, iterations, nu }, round) {
    const gathered = new Gathered(round, { kind: "geometric-median", least: 1 });
    let weights: readonly number[] = [];
    return {
      fold: async (contribution) => gathered.add(contribution),
      async complete() {
        gathered.seal();
        const alpha = shares(gathered.contributions.map(({ samples }) => (weighting === "samples" ? samples : 1)));
        weights = alpha;
        for (let iteration = 0; iteration < iterations; iteration++) {
          const distances = await distancesFrom(gathered, { weights });
          weights = shares(distances.map((distance, index) => (alpha[index] ?? 0) / Math.max(nu, distance)));
        }
      },
      async result(start, end) {
        const model = new Float32Array(end - start);
        for await (const { start: at, values } of combined(gathered, { weights }, start, end))
          model.set(values, at - start);
        return { model };
      },
    };
  },
});

/** Weights whose sum is 1. */
function shares(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
