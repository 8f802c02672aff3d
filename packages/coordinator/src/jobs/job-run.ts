import {
  type AcceptedUpdate,
  initialState,
  type JobEffect,
  type JobEvent,
  type JobSpec,
  type JobState,
  type RoundContext,
  type Transition,
  transition,
} from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import type { JobProgress, JobRecord, RoundRecord, Step } from "../store/records.js";
import type { Store } from "../store/store.js";
import { project } from "./projection.js";

/** Carries out what the round machine wishes for after a step. Called in order, one step at a time; it never throws. */
export type CarryOut = (run: JobRun, step: Step, effects: readonly JobEffect[]) => Promise<void>;

/**
 * A job that is not over: its state, and the only way to change it. Every event is journaled before it counts, and the
 * state is a function of the journal, so that a killed coordinator goes on where the journal ends.
 */
export class JobRun {
  #state: JobState;
  #seq: number;
  #progress: JobProgress;
  #round: RoundRecord | undefined;
  #traffic = { down: 0, up: 0 };
  #cohort: RoundContext["cohort"];
  /** The events that wait, the last one of them. */
  #tail: Promise<unknown> = Promise.resolve();
  #stopped = false;

  private constructor(
    readonly id: string,
    readonly graph: Graph,
    private readonly store: Store,
    private readonly carryOut: CarryOut,
    from: Replayed & { readonly record: JobRecord; readonly round: RoundRecord | undefined },
  ) {
    const { settings, status, phase, reason, waitingFor, round, accuracy, startedAt, finishedAt, seq } = from.record;
    this.#state = from.state;
    this.#cohort = from.cohort;
    this.#seq = seq;
    this.#progress = { settings, status, phase, reason, waitingFor, round, accuracy, startedAt, finishedAt };
    this.#round = from.round;
    this.#traffic = { down: from.round?.bytesDown ?? 0, up: from.round?.bytesUp ?? 0 };
  }

  /** Brings a job to the state that its journal says; for a new job that is the first one. */
  static async open(record: JobRecord, graph: Graph, store: Store, carryOut: CarryOut): Promise<JobRun> {
    const replayed = await replayedJournal(record, store);
    const round = await store.latestRound(record.id);
    return new JobRun(record.id, graph, store, carryOut, { ...replayed, record, round });
  }

  get state(): JobState {
    return this.#state;
  }

  /** As it was submitted, with what was changed since. */
  get spec(): JobSpec {
    return this.#state.spec;
  }

  /** The workers of the present attempt, each with the samples that it held when the attempt began. */
  get cohort(): RoundContext["cohort"] {
    return this.#cohort;
  }

  get isNew(): boolean {
    return this.#seq === 0;
  }

  /** Bytes of models sent for, or of updates received in, the present round. */
  count(direction: "down" | "up", bytes: number): void {
    this.#traffic[direction] += bytes;
  }

  /**
   * Journals an event and carries out its effects, after all earlier events.
   *
   * @returns whether it changed anything: a late or repeated event does not, and is not journaled
   * @throws TributaryError `store_failed`: it was not journaled, and did not happen
   */
  dispatch(event: JobEvent): Promise<boolean> {
    const result = this.#tail.then(() => this.#apply(event));
    this.#tail = result.catch(() => {});
    return result;
  }

  /** Takes no further events. @returns when the event under way has had its effects */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#tail;
  }

  async #apply(event: JobEvent): Promise<boolean> {
    if (this.#stopped) return false;
    const before = this.#state;
    const next = transition(before, event);
    if (next.state === before && next.effects.length === 0) return false;
    const entry = { job: this.id, seq: this.#seq + 1, at: new Date(), event };
    const shown = { progress: this.#progress, round: this.#round };
    const step = project(entry, shown, before, next, this.#traffic);
    await this.store.commitStep(step);
    this.#seq = entry.seq;
    this.#state = next.state;
    this.#cohort = cohortAfter(this.#cohort, event, next);
    this.#progress = step.progress;
    const round = step.rounds.at(-1);
    if (round !== undefined && round.startedAt === entry.at) this.#traffic = { down: 0, up: 0 };
    this.#round = round ?? this.#round;
    await this.carryOut(this, step, next.effects);
    return true;
  }
}

/** The accepted updates that a job holds which is not over, and of which attempt at a round. */
export async function heldBy(record: JobRecord, store: Store): Promise<Held | undefined> {
  const { phase } = (await replayedJournal(record, store)).state;
  const held = phase.kind === "paused" ? phase.held : phase;
  if (!("updates" in held)) return undefined;
  const { round, attempt, updates } = held;
  return { job: record.id, round, attempt, updates };
}

export interface Held {
  readonly job: string;
  readonly round: number;
  readonly attempt: number;
  readonly updates: readonly AcceptedUpdate[];
}

async function replayedJournal({ id, spec }: JobRecord, store: Store): Promise<Replayed> {
  let replayed: Replayed = { state: initialState(spec), cohort: [] };
  for await (const event of store.journal(id)) replayed = replay(replayed, event);
  return replayed;
}

interface Replayed {
  readonly state: JobState;
  readonly cohort: RoundContext["cohort"];
}

function replay({ state, cohort }: Replayed, event: JobEvent): Replayed {
  const next = transition(state, event);
  return { state: next.state, cohort: cohortAfter(cohort, event, next) };
}

/** A worker that comes back with another shard does not change its weight in a round that is under way. */
function cohortAfter(
  last: RoundContext["cohort"],
  { type }: JobEvent,
  { state, effects }: Transition,
): RoundContext["cohort"] {
  const opened = effects.find((effect) => effect.type === "OpenRound");
  if (opened === undefined || type === "CoordinatorRestarted") return last;
  return opened.cohort.map((worker) => ({ worker, samples: state.workers.get(worker)?.samples ?? 0 }));
}
