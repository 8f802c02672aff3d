import { z } from "zod";
import { changesOf, squaredChange } from "../aggregation/changes.js";
import { defineWrapper } from "./define-wrapper.js";
import type { ReadPart, RoundContext, Vector } from "./strategy.js";

/**
 * Shortens a change that is longer than M: x_k becomes x + Δ_k / max(1, ‖Δ_k‖ / M). Each vector that comes besides the model is
 * shortened by its own length, since a short change of the model says nothing of it. Updates are read twice.
 * Source: Sun et al. 2019, "Can You Really Backdoor Federated Learning?", section 4; the other vectors are ours.
 */
export const normBounding = defineWrapper({
  kind: "norm-bounding",
  about: "Shortens updates that change the model by more than a norm (Sun et al. 2019)",
  settings: {
    norm: z.number().min(1e-9).max(1e9).default(3).describe("Largest L2 norm that the change of an update may have, M"),
    extraNorm: z
      .number()
      .min(1e-9)
      .max(1e9)
      .optional()
      .describe(
        "Largest L2 norm of what comes besides the model, as SCAFFOLD's change of control variates; without it `norm`",
      ),
  },
  ownStep: true,
  example: { norm: 2, of: { kind: "fedavg" } },
  open({ norm, extraNorm = norm }, inner, round) {
    const aggregation = inner.open(round);
    return {
      ...aggregation,
      async fold(contribution) {
        const { slices, read, base = round.before } = contribution;
        const bounded: [string, Vector][] = [];
        for (const [name, vector] of Object.entries(contribution.extra))
          bounded.push([name, await within(extraNorm, round, { ...vector, base: nothing })]);
        const { slices: shorter, read: part } = await within(norm, round, { slices, read, base });
        const extra = Object.fromEntries(bounded);
        await aggregation.fold({ ...contribution, slices: shorter, read: part, extra });
      },
    };
  },
});

/** A vector, and where it is measured from. */
interface Measured extends Vector {
  readonly base: ReadPart;
}

/** What other vectors are measured from: they are changes themselves. */
const nothing: ReadPart = async (start, end) => new Float32Array(end - start);

/** The vector, or the one in the same direction whose distance from its base is the norm. */
async function within(norm: number, round: RoundContext, vector: Measured): Promise<Vector> {
  const length = Math.sqrt(await squaredChange(round, vector));
  return length <= norm ? vector : shortened(round, vector, norm / length);
}

/** The same vector with a change that is multiplied by a factor below 1. */
function shortened(round: RoundContext, vector: Measured, factor: number): Vector {
  const { base, read } = vector;
  return {
    async *slices() {
      let start = 0;
      for await (const changes of changesOf(round, vector)) {
        const began = await base(start, start + changes.length);
        yield added(began, changes, factor);
        start += changes.length;
      }
    },
    async read(start, end) {
      const [values, began] = [await read(start, end), await base(start, end)];
      return added(
        began,
        values.map((value, index) => value - (began[index] as number)),
        factor,
      );
    },
  };
}

function added(began: Float32Array, changes: Float32Array, factor: number): Float32Array {
  for (let index = 0; index < changes.length; index++)
    began[index] = (began[index] as number) + factor * (changes[index] as number);
  return began;
}
