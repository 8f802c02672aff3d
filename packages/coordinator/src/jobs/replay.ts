import {
  fromSnapshot,
  holdoutOf,
  initialState,
  type JobEvent,
  type Replayed,
  type RoundContext,
  snapshotFormat,
  type Transition,
  takeSnapshot,
  trainingCount,
  transition,
} from "@tributary/federation";
import { reached } from "@tributary/protocol";
import type { JobRecord, SnapshotRecord } from "../store/records.js";
import type { Store } from "../store/store.js";
import { software } from "../version.js";

/** A start replays fewer events than this: 10 ms or so. */
const EVENTS_PER_SNAPSHOT = 1_000;

/** Another version of this software may make something else of the same events, so its snapshots do not count. */
const format = `${snapshotFormat} of ${software}`;

/** The snapshot that is due with this event, to be written in one step with it; undefined after most of them. */
export function snapshotAt({ job, seq }: { job: string; seq: number }, after: Replayed): SnapshotRecord | undefined {
  return seq % EVENTS_PER_SNAPSHOT === 0 ? { job, seq, format, snapshot: takeSnapshot(after) } : undefined;
}

/** Where a job stands by its journal: its newest snapshot, and the events that came after it. */
export async function replayedJournal({ id, spec }: JobRecord, store: Store): Promise<Replayed> {
  const kept = await store.snapshot(id, format);
  let replayed: Replayed = kept === undefined ? { state: initialState(spec), cohort: [] } : fromSnapshot(kept.snapshot);
  for await (const event of store.journal(id, kept?.seq ?? 0)) {
    reached("replaying", event);
    replayed = replay(replayed, event);
  }
  return replayed;
}

function replay({ state, cohort }: Replayed, event: JobEvent): Replayed {
  const next = transition(state, event);
  return { state: next.state, cohort: cohortAfter(cohort, event, next) };
}

/** A worker that comes back with another shard does not change its weight in a round that is under way. */
export function cohortAfter(
  last: RoundContext["cohort"],
  { type }: JobEvent,
  { state, effects }: Transition,
): RoundContext["cohort"] {
  const opened = effects.find((effect) => effect.type === "OpenRound");
  if (opened === undefined || type === "CoordinatorRestarted") return last;
  const holdout = holdoutOf(state.spec);
  return opened.cohort.map((worker) => ({
    worker,
    samples: trainingCount(holdout, state.workers.get(worker)?.samples ?? 0),
  }));
}
