import { runsOf } from "../aggregation/runs.js";
import { isLocal } from "../local/local-parameters.js";
import { average } from "./fedavg.js";
import type { Weighting } from "./settings.js";
import type { Aggregation, RoundContext } from "./strategy.js";

/** The mean of the parameters that are shared. Those that stay at the workers are as they were, bit for bit, whatever is sent. */
export function averageShared(
  round: RoundContext,
  { weighting, localParameters }: { readonly weighting: Weighting; readonly localParameters: readonly string[] },
): Aggregation {
  const shared = average(round, weighting);
  return {
    ...shared,
    async result(start, end) {
      const { model } = await shared.result(start, end);
      const local = runsOf(round.parameters, start, end).filter(({ name }) => isLocal(localParameters, name));
      if (local.length === 0) return { model };
      const before = await round.before(start, end);
      for (const { from, to } of local) model.set(before.subarray(from, to), from);
      return { model };
    },
  };
}
