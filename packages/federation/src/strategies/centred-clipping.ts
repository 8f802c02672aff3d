import { z } from "zod";
import { type Combination, combined, distancesFrom } from "../aggregation/combination.js";
import { Gathered } from "../aggregation/gathered.js";
import { runsOf } from "../aggregation/runs.js";
import { defineStrategy } from "./define.js";
import type { RoundContext } from "./strategy.js";

/**
 * With xᵢ the change that update i makes to the model, and v at first the change of the round before,
 *
 *     v ← v + 1/n · Σ (xᵢ − v)·min(1, τ / ‖xᵢ − v‖)
 *
 * as often as `iterations` says; the model then changes by v. No update moves it further than τ/n from what is expected.
 * Source: Karimireddy et al. 2021, "Learning from History for Byzantine Robust Optimization", algorithm 2.
 */
export const centredClipping = defineStrategy({
  kind: "centred-clipping",
  about: "The mean of updates that are clipped around the last change (Karimireddy et al. 2021)",
  settings: {
    tau: z.number().min(1e-9).max(1e9).default(10).describe("Largest distance from the centre that counts in full, τ"),
    iterations: z.int().min(1).max(100).default(1).describe("Times that the centre is moved in a round"),
  },
  example: { tau: 2, iterations: 2 },
  memory: "window",
  ownStep: true,
  state: () => ({ change: 0 }),
  open({ tau, iterations }, round) {
    const gathered = new Gathered(round, { kind: "centred-clipping", least: 1 });
    let centre: Combination = { weights: [] };
    return {
      fold: async (contribution) => gathered.add(contribution),
      async complete() {
        gathered.seal();
        centre = { weights: gathered.contributions.map(() => 0), other: { weight: 1, read: expected(round) } };
        for (let iteration = 0; iteration < iterations; iteration++)
          centre = moved(centre, await distancesFrom(gathered, centre), tau);
      },
      async result(start, end) {
        const { maxAbs } = round.spec.admission;
        const before = await round.before(start, end);
        const model = new Float32Array(end - start);
        const change = new Float32Array(end - start);
        for await (const { start: at, values } of combined(gathered, centre, start, end))
          for (const [index, value] of values.entries()) {
            const place = at - start + index;
            model[place] = Math.max(-maxAbs, Math.min(maxAbs, value));
            change[place] = (model[place] as number) - (before[place] as number);
          }
        return { model, state: { change } };
      },
    };
  },
});

/** The centre after one step: (1 − Σ sᵢ/n)·v + Σ sᵢ/n·xᵢ, where sᵢ is how much of update i counts. */
function moved({ weights, other }: Combination, distances: readonly number[], tau: number): Combination {
  const scales = distances.map((distance) => Math.min(1, tau / distance) / distances.length);
  const rest = 1 - scales.reduce((sum, scale) => sum + scale, 0);
  return {
    weights: weights.map((weight, index) => rest * weight + (scales[index] ?? 0)),
    other: other && { ...other, weight: rest * other.weight },
  };
}

/** Where the model would be if it changed as in the round before. Buffers, which are statistics, are expected to stay. */
const expected =
  (round: RoundContext) =>
  async (start: number, end: number): Promise<Float64Array> => {
    const values = Float64Array.from(await round.before(start, end));
    const change = await round.kept("change", start, end);
    if (change === undefined) return values;
    for (const { from, to, buffer } of runsOf(round.parameters, start, end))
      for (let index = from; index < to && !buffer; index++)
        values[index] = (values[index] as number) + (change[index] as number);
    return values;
  };
