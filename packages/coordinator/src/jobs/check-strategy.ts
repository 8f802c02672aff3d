import { type JobSpec, strategyOf, unmetDemands } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";

/**
 * What a strategy asks for must be carried out: a job whose workers would pass over a part of it trained something else than it says.
 *
 * @throws TributaryError `invalid_job_spec` naming what workers of this version can't do
 */
export function checkStrategy(spec: Pick<JobSpec, "strategy">): void {
  const strategy = strategyOf(spec);
  const unmet = unmetDemands(strategy);
  if (unmet.length === 0) return;
  throw new TributaryError(
    "invalid_job_spec",
    `strategy.kind: ${strategy.kind} ${unmet.join(" and ")}, which this version can't run`,
    {
      hint: "`tributary strategies` lists those there are.",
    },
  );
}
