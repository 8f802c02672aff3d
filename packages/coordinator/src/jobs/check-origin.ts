import { type JobSpec, type ModelVersion, resolveModel } from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { Store } from "../store/store.js";

type Origin = NonNullable<JobSpec["from"]>;

/** The version that a job goes on from. @throws TributaryError `not_found` */
export async function originOf({ job, round }: Origin, store: Store): Promise<ModelVersion> {
  const [version] = await store.models(job, [round]);
  if (version === undefined) throw new TributaryError("not_found", `job ${job} has no model of round ${round}`);
  const { digest, size } = version;
  return { round, digest, size };
}

/**
 * Whether a job can go on from the version that it names: there is one, and of the same parameters.
 *
 * @throws TributaryError `not_found`, `parameters_mismatch`
 */
export async function checkOrigin({ from }: JobSpec, graph: Graph, store: Store): Promise<void> {
  if (from === undefined) return;
  const [origin] = [await store.job(from.job), await originOf(from, store)];
  if (origin === undefined) throw new TributaryError("not_found", `there is no job ${from.job}`);
  const [own, theirs] = [graph, resolveModel(origin.spec)].map(({ parameters }) =>
    JSON.stringify(parameters.map(({ name, shape }) => [name, shape])),
  );
  if (own !== theirs)
    throw new TributaryError("parameters_mismatch", `the network of job ${from.job} has other parameters`);
}
