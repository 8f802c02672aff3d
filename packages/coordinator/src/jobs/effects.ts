import { setTimeout as delay } from "node:timers/promises";
import {
  type AcceptedUpdate,
  heldUpdates,
  type JobEffect,
  type JobEvent,
  type ModelVersion,
  modelCodecOf,
  packModel,
  strategyOf,
  vectorsAlong,
  workersKeep,
} from "@tributary/federation";
import {
  type BlobFolder,
  type BlobRef,
  decodeParameters,
  reached,
  TributaryError,
  toTributaryError,
} from "@tributary/protocol";
import type { Logger } from "pino";
import { Aggregator, type Opening } from "../aggregator/aggregator.js";
import type { DiskGuard } from "../disk/disk-guard.js";
import type { Uploads } from "../intake/uploads.js";
import { type Metrics, observeStep } from "../metrics.js";
import { type RoundTraces, traced } from "../observability/round-traces.js";
import type { Workers } from "../sockets/workers.js";
import type { RoundRecord } from "../store/records.js";
import { evaluationWork, trainingWork, validationWork } from "./assignments.js";
import { type BlobClaims, claimantOf, modelClaimant } from "./blob-claims.js";
import { type CarryOut, isStoreFailure, type JobRun } from "./job-run.js";
import type { Notices } from "./notices.js";
import { Timers } from "./timers.js";

/** How long to wait before an event is offered to the journal again, ms. */
const JOURNAL_RETRY_MS = 1_000;

export interface EffectsContext {
  readonly workers: Workers;
  readonly blobs: BlobFolder;
  readonly disk: DiskGuard;
  readonly claims: BlobClaims;
  readonly uploads: Uploads;
  readonly notices: Notices;
  readonly metrics: Metrics;
  readonly traces: RoundTraces;
  readonly log: Logger;
}

/** The hands of one job: carries out what the round machine wishes for. What comes of it arrives as further events. */
export class Effects {
  readonly #timers = new Timers();
  #aggregator: Aggregator | undefined;
  readonly #stop = new AbortController();
  #aside = false;

  constructor(
    private readonly context: EffectsContext,
    /** Called when the job is over or paused. */
    private readonly onStopped: (run: JobRun) => void,
  ) {}

  readonly carryOut: CarryOut = async (run, { step, effects, change }) => {
    observeStep(this.context.metrics, step);
    this.context.traces.take(step, effects, run.state);
    if (step.event.type === "Committed") reached("between-commit-and-broadcast", step.event);
    if (step.event.type === "UpdateAccepted") this.#add(run, step.event.update);
    try {
      for (const effect of effects) await this.#carryOut(run, effect);
    } catch (thrown) {
      this.#broken(run, thrown);
    }
    for (const round of step.rounds) this.#logRound(round);
    this.context.notices.changed(run.id, change);
  };

  /** Journals an event of the coordinator's own making: nobody else would repeat it, so it is tried until it succeeds. */
  async tell(run: JobRun, event: JobEvent): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await run.dispatch(event);
        return;
      } catch (error) {
        this.context.log.error({ job: run.id, event: event.type, err: error }, "an event could not be journaled");
        await new Promise((resolve) => setTimeout(resolve, JOURNAL_RETRY_MS));
      }
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#timers.clearAll();
  }

  /** The job does not run: its waits are not begun. */
  setAside(): void {
    this.#aside = true;
  }

  async #carryOut(run: JobRun, effect: JobEffect): Promise<void> {
    const { workers, uploads, claims, traces, log } = this.context;
    switch (effect.type) {
      case "OpenRound":
        return this.#aggregatorOf(run).open(openingOf(run));
      case "AssignTraining":
        reached("assigning", effect);
        return workers.assign(effect.worker, traced(trainingWork(run, effect, this.#timers), effect.worker, traces));
      case "AssignEvaluation":
        return workers.assign(
          effect.evaluator,
          traced(evaluationWork(run, effect, attemptOf(run), this.#timers), effect.evaluator, traces),
        );
      case "AssignValidation":
        return workers.assign(effect.worker, traced(validationWork(run, effect, this.#timers), effect.worker, traces));
      case "Abort":
        return workers.abort(effect.worker, effect.work, { job: run.id, ...effect }, effect.reason);
      case "Aggregate":
        void this.#aggregate(run, effect);
        return;
      case "CloseRound":
        reached("closing-round", effect);
        // What trainers of an asynchronous job were asked for goes on.
        if (run.state.flow !== undefined) return workers.dismissScoring({ job: run.id, ...effect }, "the round closed");
        workers.dismiss({ job: run.id, ...effect }, "the round closed");
        await uploads.close({ job: run.id, ...effect });
        return claims.dropAll(claimantOf({ job: run.id, ...effect }));
      case "LetGo":
        for (const { worker, began } of effect.updates)
          if (began !== undefined) await claims.dropAll(claimantOf({ job: run.id, ...began }, worker));
        return;
      case "LeaveOut":
        log.warn({ job: run.id, ...effect }, "worker left out: too many of its updates were refused");
        return;
      case "Readmit":
        log.warn({ job: run.id, ...effect }, "worker taken back: without it there were too few for a round");
        return;
      case "SetTimer":
        if (this.#aside) return;
        return this.#timers.set(effect.timer, effect.ms, () => {
          void this.tell(run, { type: "DeadlinePassed", timer: effect.timer });
        });
      case "ClearTimer":
        return this.#timers.clear(effect.timer);
      case "Release":
        log.warn({ job: run.id, reason: effect.reason }, "job paused");
        this.stop();
        return this.onStopped(run);
      case "Finish":
        log.info({ job: run.id, outcome: effect.outcome }, "job finished");
        this.stop();
        if (workersKeep(run.spec)) workers.tellOver(run.id);
        if (run.state.flow !== undefined) await uploads.closeJob(run.id);
        if (run.state.model !== undefined) await this.#dropPacked(run, run.state.model);
        return this.onStopped(run);
      default:
        return effect satisfies never;
    }
  }

  async #aggregate(run: JobRun, { round, attempt, updates }: Extract<JobEffect, { type: "Aggregate" }>): Promise<void> {
    const { claims, traces, log } = this.context;
    try {
      const claimant = claimantOf({ job: run.id, round, attempt });
      const { model } = run.state;
      if (model === undefined) throw new TributaryError("internal", `job ${run.id} aggregates without a model`);
      // What the strategy keeps has at most some vectors of the model's size.
      const room = model.size * (1 + strategyOf(run.spec).state.length);
      const { model: blob, state } = await this.written(run, room, () =>
        traces.within("aggregation", run.id, () => this.#aggregatorOf(run).finish(updates)),
      );
      const written = [blob.digest, ...(state === undefined ? [] : [state.digest])];
      for (const digest of written) claims.claim(claimant, digest);
      const packed = await this.packed(run, blob);
      reached("between-commit-and-journal", blob);
      const version = { round, ...blob, ...packed, ...(state && { state, ...vectorsAlong(run.spec, run.graph) }) };
      const committed = { type: "Committed", model: version } as const;
      await traces.within("commit", run.id, () => this.tell(run, committed));
      await this.#dropPacked(run, model);
      // They stay as a model version, or the job ended meanwhile.
      for (const digest of written) await claims.drop(claimant, digest);
      log.info({ job: run.id, round, digest: blob.digest, updates: updates.length }, "model aggregated");
    } catch (thrown) {
      // A job that ended meanwhile has let its blobs go: that is no fault.
      if (!this.#stop.signal.aborted) this.#broken(run, thrown);
    }
  }

  /** The model as it is sent, where the job has a codec for that. It is there until the next one is, or the job is over. */
  async packed(run: JobRun, { digest }: BlobRef): Promise<Pick<ModelVersion, "packed">> {
    const codec = modelCodecOf(run.spec);
    if (codec === undefined) return {};
    const { blobs, claims } = this.context;
    const model = await this.patiently(run, () => blobs.read(digest));
    const bytes = packModel(codec, decodeParameters(model));
    const packed = await this.written(run, bytes.byteLength, () => blobs.write(bytes));
    claims.claim(modelClaimant(run.id), packed.digest);
    return { packed };
  }

  async #dropPacked(run: JobRun, { packed }: ModelVersion): Promise<void> {
    if (packed !== undefined) await this.context.claims.drop(modelClaimant(run.id), packed.digest);
  }

  /** Writes a blob of the job's own making: it waits for room, and for a disk that fails for a while. */
  written<T>(run: JobRun, size: number, write: () => Promise<T>): Promise<T> {
    return this.patiently(run, async () => {
      await this.context.disk.untilRoom(size, this.#stop.signal);
      return write();
    });
  }

  /** Does something of the job's own that needs the store or the disk: again, as long as these fail. */
  async patiently<T>(run: JobRun, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isStoreFailure(error)) throw error;
        this.context.log.error({ job: run.id, err: error }, "the store or the disk failed; it is tried again");
        await delay(JOURNAL_RETRY_MS, undefined, { signal: this.#stop.signal });
      }
    }
  }

  #aggregatorOf(run: JobRun): Aggregator {
    if (this.#aggregator === undefined) {
      this.#aggregator = new Aggregator(run.spec, run.graph, this.context.blobs);
      // After a restart a round may be past its opening.
      this.#aggregator.open(openingOf(run));
    }
    return this.#aggregator;
  }

  /** Folds an update in at once where it is sure to be of the round under way; others are when it is full. */
  #add(run: JobRun, update: AcceptedUpdate): void {
    const { flow, phase } = run.state;
    if (flow === undefined) {
      this.#aggregatorOf(run).add(update);
      return;
    }
    const accepted = heldUpdates(run.state).find(
      ({ worker, digest }) => worker === update.worker && digest === update.digest,
    );
    const isOfRound =
      phase.kind === "training" || (phase.kind === "aggregating" && !flow.buffer.includes(accepted ?? update));
    if (accepted !== undefined && isOfRound) this.#aggregatorOf(run).add(accepted);
  }

  #broken(run: JobRun, thrown: unknown): void {
    const error = toTributaryError(thrown);
    this.context.log.error({ job: run.id, err: thrown }, "the job cannot go on");
    void this.tell(run, { type: "JobBroken", reason: `${error.code}: ${error.message}` });
  }

  #logRound({ job, number: round, attempt, status, cohort, startedAt, finishedAt }: RoundRecord): void {
    const ms = Math.max(0, (finishedAt ?? startedAt).getTime() - startedAt.getTime());
    this.context.log[finishedAt === null ? "debug" : "info"]({ job, round, attempt, cohort, ms }, `round ${status}`);
  }
}

/** What the round that is under way began with. */
const openingOf = ({ state, cohort }: JobRun): Opening => ({
  cohort,
  round: "round" in state.phase ? state.phase.round : 0,
  before: state.model?.digest,
  state: state.model?.state?.digest,
});

const attemptOf = ({ state }: JobRun): number => ("attempt" in state.phase ? state.phase.attempt : 0);
