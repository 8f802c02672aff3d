import { isDeepStrictEqual } from "node:util";
import { type JobSpec, type ModelVersion, resolveModel, strategyOf } from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { Store } from "../store/store.js";
import { unknownJob } from "./unknown-job.js";

type Origin = NonNullable<JobSpec["from"]>;

/**
 * The version that a job goes on from, with what its strategy kept at the server. Where workers keep vectors, too, both ends begin
 * anew: theirs are of the other job and stay with it, and SCAFFOLD's c without them would be off for good.
 *
 * @param keeps the job's own strategy: what another one kept is of no use to it
 * @throws TributaryError `not_found`
 */
export async function originOf(
  { job, round }: Origin,
  keeps: Pick<JobSpec, "strategy">,
  store: Store,
): Promise<ModelVersion> {
  const [version] = await store.models.of(job, [round]);
  if (version === undefined) throw new TributaryError("not_found", `job ${job} has no model of round ${round}`);
  const { digest, size, stateDigest, stateSize } = version;
  const theirs = await store.job(job);
  const own = strategyOf(keeps);
  const goesOn =
    own.objective.keeps === undefined &&
    theirs !== undefined &&
    isDeepStrictEqual(strategyOf(theirs.spec).state, own.state) &&
    theirs.spec.strategy.kind === keeps.strategy.kind;
  if (stateDigest === null || stateSize === null || !goesOn) return { round, digest, size };
  return { round, digest, size, state: { digest: stateDigest, size: stateSize } };
}

/**
 * Whether a job can go on from the version that it names: there is one, and of the same parameters.
 *
 * @throws TributaryError `not_found`, `parameters_mismatch`
 */
export async function checkOrigin({ from, strategy }: JobSpec, graph: Graph, store: Store): Promise<void> {
  if (from === undefined) return;
  const origin = await store.job(from.job);
  if (origin === undefined) throw await unknownJob(store, from.job);
  await originOf(from, { strategy }, store);
  const [own, theirs] = [graph, resolveModel(origin.spec)].map(({ parameters }) =>
    JSON.stringify(parameters.map(({ name, shape }) => [name, shape])),
  );
  if (own !== theirs)
    throw new TributaryError("parameters_mismatch", `the network of job ${from.job} has other parameters`);
}
