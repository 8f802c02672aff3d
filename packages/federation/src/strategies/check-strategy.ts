import type { Graph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { JobSpec } from "../job/job-spec.js";
import { strategyOf } from "./strategies.js";

/**
 * Checks that the settings of a new job, and its network, leave its strategy able to do what it says. Jobs that were taken before are
 * not asked again: what is refused today goes on as it began.
 *
 * @throws TributaryError `invalid_job_spec` naming the setting
 */
export function checkStrategy(spec: JobSpec, graph: Graph): void {
  const { training, cohort } = spec;
  const reason = strategyOf(spec).unfitFor({ training, cohort, graph });
  if (reason !== undefined) throw new TributaryError("invalid_job_spec", reason);
}
