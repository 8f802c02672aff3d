import type { Graph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import { roundsThatDiffer } from "../job/check-schedules.js";
import type { JobSpec } from "../job/job-spec.js";
import { specAt } from "../job/spec-at.js";
import { strategyOf } from "./strategies.js";

/**
 * Checks that the settings of a new job, and its network, leave its strategy able to do what it says, in every round of its schedules. Jobs that
 * were taken before are not asked again: what is refused today goes on as it began.
 *
 * @throws TributaryError `invalid_job_spec` naming the setting, and the round where a schedule makes it so
 */
export function checkStrategy(spec: JobSpec, graph: Graph): void {
  const refuse = (reason: string | undefined) => {
    if (reason !== undefined) throw new TributaryError("invalid_job_spec", reason);
  };
  refuse(objectionTo({ ...spec, schedules: undefined }, graph));
  for (const round of roundsThatDiffer(spec, spec.schedules ?? {})) {
    const objection = objectionTo(specAt(spec, round), graph);
    refuse(objection && `round ${round}: ${objection}`);
  }
}

const objectionTo = (spec: JobSpec, graph: Graph): string | undefined =>
  strategyOf(spec).unfitFor({ training: spec.training, cohort: spec.cohort, graph });
