import { setTimeout } from "node:timers/promises";
import {
  type JobEffect,
  type JobEvent,
  type JobSpec,
  type JobState,
  type Replayed,
  type RoundContext,
  stamped,
  transition,
} from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { reached, TributaryError } from "@tributary/protocol";
import type { JobProgress, JobRecord, RoundRecord, Step } from "../store/records.js";
import type { Store } from "../store/store.js";
import { type JobChange, LiveJob } from "./live-job.js";
import { project } from "./projection.js";
import { cohortAfter, replayedJournal, snapshotAt } from "./replay.js";
import { steadyTime } from "./steady-time.js";

/** How long a worker's event waits for the database, ms: less than the worker waits for its acknowledgement. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 500;

/** Whether the store or the disk did not do its work, which may be over soon. */
export const isStoreFailure = (thrown: unknown): boolean =>
  thrown instanceof TributaryError && (thrown.code === "store_failed" || thrown.code === "disk_full");

/** Carries out what the round machine wishes for after a step. Called in order, one step at a time; it never throws. */
export type CarryOut = (run: JobRun, taken: TakenStep) => Promise<void>;

/** A step that was journaled and taken. */
export interface TakenStep {
  readonly step: Step;
  readonly effects: readonly JobEffect[];
  /** What it changed in what people see. */
  readonly change: JobChange;
}

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
  /** An event whose writing failed: the journal may have it all the same. */
  #doubtful: Prepared | undefined;

  private constructor(
    readonly id: string,
    readonly graph: Graph,
    private readonly store: Store,
    private readonly carryOut: CarryOut,
    from: Replayed & { readonly record: JobRecord; readonly round: RoundRecord | undefined },
    private readonly live: LiveJob,
  ) {
    const { settings, status, phase, reason, waitingFor, round, accuracy, bestAccuracy } = from.record;
    const { startedAt, finishedAt, seq } = from.record;
    this.#state = from.state;
    this.#cohort = from.cohort;
    this.#seq = seq;
    const scores = { accuracy, bestAccuracy };
    this.#progress = { settings, status, phase, reason, waitingFor, round, ...scores, startedAt, finishedAt };
    this.#round = from.round;
    this.#traffic = { down: from.round?.bytesDown ?? 0, up: from.round?.bytesUp ?? 0 };
  }

  /** Brings a job to the state that its journal says; for a new job that is the first one. */
  static async open(record: JobRecord, graph: Graph, store: Store, carryOut: CarryOut): Promise<JobRun> {
    const replayed = await replayedJournal(record, store);
    const round = await store.rounds.latest(record.id);
    return new JobRun(
      record.id,
      graph,
      store,
      carryOut,
      { ...replayed, record, round },
      await liveJob(record, round, store),
    );
  }

  get state(): JobState {
    return this.#state;
  }

  /** As it was submitted, with what was changed since. */
  get spec(): JobSpec {
    return this.#state.spec;
  }

  /** The workers of the present attempt, each with the samples that it trains on, of those that it held when the attempt began. */
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
   * @throws TributaryError `store_failed`: it was not journaled, and did not happen; unless only the answer of the database was
   *   lost. Then it takes effect before the next event, and a repeated one finds that it did
   */
  dispatch(event: JobEvent): Promise<boolean> {
    const result = this.#tail.then(() => this.#apply(event));
    this.#tail = result.catch(() => {});
    return result;
  }

  /**
   * `dispatch` for a worker that waits for its acknowledgement: it is tried for as long as the worker does wait, so that a
   * database that was away for a moment costs nobody their work.
   */
  async dispatchPatiently(event: JobEvent): Promise<boolean> {
    for (const until = performance.now() + PATIENCE_MS; ; await setTimeout(PAUSE_MS)) {
      try {
        return await this.dispatch(event);
      } catch (error) {
        if (!isStoreFailure(error) || performance.now() > until) throw error;
      }
    }
  }

  /** Takes no further events. @returns when the event under way has had its effects */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#tail;
  }

  async #apply(event: JobEvent): Promise<boolean> {
    if (this.#stopped) return false;
    await this.#settleDoubt();
    const prepared = this.#prepare(event);
    if (prepared === undefined) return false;
    try {
      reached("before-journal", event);
      await this.store.commitStep(prepared.step);
      reached("between-journal-and-effects", event);
    } catch (error) {
      this.#doubtful = prepared;
      throw error;
    }
    await this.#take(prepared);
    return true;
  }

  /** Looks into the journal whether the event is there of which the database did not say that it is written. */
  async #settleDoubt(): Promise<void> {
    const doubtful = this.#doubtful;
    if (doubtful === undefined) return;
    const written = await this.store.hasEvent(this.id, doubtful.step.seq);
    this.#doubtful = undefined;
    if (written) await this.#take(doubtful);
  }

  #prepare(fact: JobEvent): Prepared | undefined {
    const before = this.#state;
    const at = new Date();
    const event = stamped(fact, steadyTime(), before.spec);
    const next = transition(before, event);
    if (next.state === before && next.effects.length === 0) return undefined;
    const entry = { job: this.id, seq: this.#seq + 1, at, event };
    const shown = { progress: this.#progress, round: this.#round };
    const after = { state: next.state, cohort: cohortAfter(this.#cohort, event, next) };
    const step = { ...project(entry, shown, before, next, this.#traffic), snapshot: snapshotAt(entry, after) };
    return { step, after, effects: next.effects };
  }

  async #take({ step, after, effects }: Prepared): Promise<void> {
    this.#seq = step.seq;
    this.#state = after.state;
    this.#cohort = after.cohort;
    this.#progress = step.progress;
    const round = step.rounds.at(-1);
    if (round !== undefined && round.startedAt === step.at) this.#traffic = { down: 0, up: 0 };
    this.#round = round ?? this.#round;
    await this.carryOut(this, { step, effects, change: this.live.apply(step) });
  }
}

async function liveJob(record: JobRecord, round: RoundRecord | undefined, store: Store): Promise<LiveJob> {
  const model = (await store.models.latest([record.id])).get(record.id);
  if (round === undefined) return new LiveJob(record, model, undefined);
  const metrics = (await store.rounds.metrics(record.id, [round.number])).filter(
    ({ attempt }) => attempt === round.attempt,
  );
  return new LiveJob(record, model, {
    record: round,
    metrics,
    model: model?.round === round.number ? model : undefined,
  });
}

/** What an event is written down as, and what follows from it once it is. */
interface Prepared {
  readonly step: Step;
  readonly after: Replayed;
  readonly effects: readonly JobEffect[];
}
