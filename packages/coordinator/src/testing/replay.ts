import { type AcceptedUpdate, initialState, type JobState, resolveModel, transition } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { Aggregator } from "../aggregator/aggregator.js";
import { type DataFolder, openDataFolder } from "../data-folder/data-folder.js";

/** A model version, and what came of the updates that its journal names for it. */
export interface ReplayedVersion {
  readonly round: number;
  /** Digest of the model that was committed. */
  readonly committed: string;
  /** Digest of the model that they give when they are folded again, in another order. */
  readonly made: string | undefined;
  readonly updates: readonly AcceptedUpdate[];
}

/** A job as its journal tells it. */
export interface ReplayedJob {
  readonly phase: JobState["phase"];
  /** Each version after the initial one. */
  readonly versions: readonly ReplayedVersion[];
}

/**
 * Folds an asynchronous job's journal again, with the updates that `--keep-updates` kept.
 *
 * @param dataDir of a coordinator that does not run
 * @throws TributaryError `data_folder_in_use`, `not_found`, `store_failed`
 */
export async function replay(dataDir: string, job: string): Promise<ReplayedJob> {
  const folder = await openDataFolder(dataDir, { onLost() {} });
  try {
    return await replayIn(folder, job);
  } finally {
    await folder.close();
  }
}

async function replayIn({ store, blobs }: DataFolder, job: string): Promise<ReplayedJob> {
  const spec = (await store.job(job))?.spec;
  if (spec === undefined) throw new TributaryError("not_found", `there is no job ${job}`);
  let state = initialState(spec);
  const versions: ReplayedVersion[] = [];
  // A restart wishes for one again that was under way.
  const made = new Map<number, Pick<ReplayedVersion, "made" | "updates">>();
  for await (const event of store.journal(job, 0)) {
    const { effects, state: next } = transition(state, event);
    for (const effect of effects) {
      if (effect.type !== "Aggregate") continue;
      const { round, updates } = effect;
      const aggregator = new Aggregator(spec, resolveModel(spec), blobs);
      aggregator.open({ cohort: [], round, before: next.model?.digest, state: next.model?.state?.digest });
      const { model } = await aggregator.finish(updates.toReversed());
      made.set(round, { made: model.digest, updates });
    }
    if (event.type === "Committed") {
      const { round, digest } = event.model;
      versions.push({ round, committed: digest, ...(made.get(round) ?? { made: undefined, updates: [] }) });
    }
    state = next;
  }
  return { phase: state.phase, versions };
}
