import { z } from "zod";
import { ByWorker } from "../aggregation/by-worker.js";
import { squaredChange } from "../aggregation/changes.js";
import { ExactMean } from "../aggregation/exact-mean.js";
import { Gathered } from "../aggregation/gathered.js";
import { serverStep } from "../aggregation/server-step.js";
import { addTo, divided } from "../aggregation/weighted-mean.js";
import { learningRateOf } from "../job/training-spec.js";
import { defineStrategy } from "./define.js";

/**
 * Fair averaging: workers with a larger loss count for more. With L the inverse of the learning rate, Δw_k = L·(w − w_k),
 *
 *     w ← w − Σ F_k^q·Δw_k / Σ (q·F_k^(q−1)·‖Δw_k‖² + L·F_k^q)
 *
 * F_k is the mean loss that the worker saw while it trained; in the paper it is that of w. q = 0 is the mean with equal weights. An
 * update that tells no loss, a number above 0, is left out of both sums; where none tells one, all count alike. F^(q − 1) has a pole
 * at 0, at which one update would hold all others still: hence `minLoss`. Updates are read twice, since their shares are known only
 * when all are in; in memory is one accumulator.
 * Source: Li et al. 2020, "Fair Resource Allocation in Federated Learning", algorithm 2.
 */
export const qFedAvg = defineStrategy({
  kind: "q-fedavg",
  about: "Fair averaging: workers with a larger loss count for more (Li et al. 2020)",
  settings: {
    q: z
      .number()
      .min(0)
      .max(16)
      .default(0.2)
      .describe(
        "How fair it is; 0: not at all. A worker's loss is the mean of what it saw while it trained, where the paper's algorithm 2 has that of the round's model",
      ),
    lipschitz: z
      .number()
      .positive()
      .max(1e6)
      .optional()
      .describe(
        "L, how steep the gradient can be; without it 1 by the round's learning rate, before `training.schedule`",
      ),
    minLoss: z
      .number()
      .min(1e-9)
      .max(1)
      .default(1e-3)
      .describe(
        "Smaller losses count as this, so that no worker can hold the model still; updates that tell none above 0 are left out",
      ),
    maxLoss: z
      .number()
      .min(1e-6)
      .max(1e6)
      .default(100)
      .describe("Larger losses count as this, so that no worker can have all the weight by saying so"),
  },
  example: { q: 1 },
  memory: "reread",
  ownStep: true,
  open({ q, lipschitz, minLoss, maxLoss }, round) {
    const { spec, elements, memory } = round;
    const L = lipschitz ?? 1 / learningRateOf(spec, round.round);
    const gathered = new Gathered(round, { kind: "q-fedavg", least: 1 });
    const updates = new ByWorker<{ readonly loss: number; readonly square: number }>();
    let totals = { weight: 0, h: 0 };
    let mean: ExactMean | undefined;
    return {
      async fold(contribution) {
        // 0: it tells none. NaN is none, either.
        const loss = contribution.loss > 0 ? Math.min(Math.max(contribution.loss, minLoss), maxLoss) : 0;
        const square = L ** 2 * (await squaredChange(round, contribution));
        updates.set(contribution.worker, { loss, square });
        gathered.add(contribution);
      },
      async complete() {
        gathered.seal();
        const worst = updates.max(({ loss }) => loss);
        const fairness = worst > 0 ? q : 0;
        // Shares of the largest F^q, so that no power leaves the range of numbers. 0^0 is 1: at q = 0 all count.
        const weightOf = (loss: number) => (worst > 0 ? loss / worst : 0) ** fairness;
        totals = {
          weight: updates.sum(({ loss }) => weightOf(loss)),
          h: updates.sum(({ loss, square }) => weightOf(loss) * ((fairness / Math.max(loss, minLoss)) * square + L)),
        };
        mean = new ExactMean({ elements, maxWeight: gathered.count, maxAbs: spec.admission.maxAbs, memory });
        for (const { worker, slices } of gathered.contributions) {
          const weight = weightOf(updates.get(worker)?.loss ?? worst);
          if (weight > 0) await addTo(mean, weight, slices);
        }
      },
      async result(start, end) {
        const means = divided(mean?.sum(start, end) ?? new Float64Array(end - start), totals.weight);
        const factor = (L * totals.weight) / totals.h;
        return serverStep(round, { start, means, initial: {} }, (x, mean) => x + factor * (mean - x));
      },
    };
  },
});
