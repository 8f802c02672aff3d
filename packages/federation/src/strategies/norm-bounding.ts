import { z } from "zod";
import { changesOf, squaredChange } from "../aggregation/changes.js";
import { defineWrapper } from "./define-wrapper.js";
import type { Contribution, RoundContext } from "./strategy.js";

/**
 * Shortens a change that is longer than M: x_k becomes x + Δ_k / max(1, ‖Δ_k‖ / M). Updates are read twice. Vectors that come
 * besides the model are left as they are.
 * Source: Sun et al. 2019, "Can You Really Backdoor Federated Learning?", section 4.
 */
export const normBounding = defineWrapper({
  kind: "norm-bounding",
  about: "Shortens updates that change the model by more than a norm (Sun et al. 2019)",
  settings: {
    norm: z.number().min(1e-9).max(1e9).default(3).describe("Largest L2 norm that the change of an update may have, M"),
  },
  example: { norm: 2, of: { kind: "fedavg" } },
  open({ norm }, inner, round) {
    const aggregation = inner.open(round);
    return {
      ...aggregation,
      async fold(contribution) {
        const length = Math.sqrt(await squaredChange(round, contribution));
        await aggregation.fold(length <= norm ? contribution : shortened(round, contribution, norm / length));
      },
    };
  },
});

/** The same update with a change that is multiplied by a factor below 1. */
function shortened(round: RoundContext, contribution: Contribution, factor: number): Contribution {
  const { base = round.before, read } = contribution;
  return {
    ...contribution,
    async *slices() {
      let start = 0;
      for await (const changes of changesOf(round, contribution)) {
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
