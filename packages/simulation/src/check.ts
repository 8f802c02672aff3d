import type { Dataset } from "@tributary/data";
import { checkFit, checkStrategy, type JobSpec, lossSpecOf, resolveModel } from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";

/** What a simulation computes with. */
interface Computed {
  readonly spec: JobSpec;
  readonly dataset: Dataset;
  readonly heldOut?: Dataset | undefined;
}

/**
 * The network of a job that can be simulated on these samples.
 *
 * @throws TributaryError `wrong_dataset`, `shape_mismatch`, `unknown_model`, `invalid_graph`; `invalid_job_spec` when the job's
 *   settings leave its strategy unable to work, or it goes on from another
 */
export function checkSimulation({ spec, dataset, heldOut }: Computed): Graph {
  const graph = resolveModel(spec);
  checkStrategy(spec, graph);
  if (spec.from !== undefined)
    throw new TributaryError("invalid_job_spec", "from: a simulation has no other jobs to go on from", {
      hint: "Leave `from` out, or submit the job to the coordinator that has the other one.",
    });
  for (const set of heldOut === undefined ? [dataset] : [dataset, heldOut]) {
    if (set.name !== spec.dataset)
      throw new TributaryError("wrong_dataset", `the job wants data set "${spec.dataset}", this is "${set.name}"`);
    const { name, shape, classes } = set;
    checkFit(graph, lossSpecOf(spec), { dataset: name, sampleShape: shape, classes });
  }
  return graph;
}
