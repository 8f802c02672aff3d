import { z } from "zod";
import { ExactMean } from "../aggregation/exact-mean.js";
import { Gathered } from "../aggregation/gathered.js";
import { serverStep } from "../aggregation/server-step.js";
import { addTo } from "../aggregation/weighted-mean.js";
import { defineStrategy } from "./define.js";
import { maximumStaleness } from "./settings.js";
import { polynomial, stalenessOf } from "./staleness.js";

/**
 * Asynchronous: every update makes a new version by itself, x ← (1 − α_t)·x + α_t·x_new, where α_t = α·s(τ) is the smaller,
 * the more versions ago its worker began. Where several updates meet, they are mixed in one after the other, those that
 * began first before the others, and equally old ones by their workers' names.
 * Source: Xie et al. 2019, "Asynchronous Federated Optimization", algorithm 1 and section 5.2.
 */
export const fedAsync = defineStrategy({
  kind: "fedasync",
  about: "Asynchronous: every update makes a version (Xie et al. 2019)",
  settings: {
    alpha: z.number().positive().max(1).default(0.6).describe("How much of a fresh update is mixed in, α"),
    staleness: z
      .enum(["constant", "polynomial", "hinge"])
      .default("polynomial")
      .describe(
        "s(τ) for an update that began τ versions ago: 1; 1 / (1 + τ)^a; or 1 up to b versions, then 1 / (a·(τ - b) + 1)",
      ),
    a: z.number().min(0).max(100).default(0.5).describe("a of `staleness`"),
    b: z.number().min(0).max(1_000_000).default(4).describe("b of `staleness: hinge`"),
    maximumStaleness,
  },
  example: {},
  memory: "reread",
  ownStep: true,
  asynchronous: ({ maximumStaleness }) => ({ bufferSize: 1, maximumStaleness }),
  open({ alpha, staleness, a, b }, round) {
    const { spec, elements, memory } = round;
    const gathered = new Gathered(round, { kind: "fedasync", least: 1 });
    // The weights and what is left of the model have the sum 1, which may be rounded up.
    const mixed = new ExactMean({ elements, maxWeight: 1.01, maxAbs: spec.admission.maxAbs, memory });
    let rest = 1;
    const scale = (tau: number) => {
      if (staleness === "constant") return 1;
      if (staleness === "polynomial") return polynomial(tau, a);
      return tau <= b ? 1 : 1 / (a * (tau - b) + 1);
    };
    return {
      fold: async (contribution) => gathered.add(contribution),
      async complete() {
        gathered.seal();
        // From the last one back, which nothing that comes later makes less of.
        for (const one of gathered.contributions.toSorted((x, y) => stalenessOf(x) - stalenessOf(y) || order(y, x))) {
          const share = alpha * scale(stalenessOf(one));
          if (share * rest > 0) await addTo(mixed, share * rest, one.slices);
          rest *= 1 - share;
        }
      },
      async result(start, end) {
        const means = mixed.sum(start, end);
        for (const [index, x] of (await round.before(start, end)).entries())
          means[index] = rest * x + (means[index] as number);
        return serverStep(round, { start, means, initial: {} }, (_, mean) => mean);
      },
    };
  },
});

const order = (a: { readonly worker: string }, b: { readonly worker: string }): number =>
  a.worker < b.worker ? -1 : 1;
