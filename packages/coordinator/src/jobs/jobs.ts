import { randomBytes } from "node:crypto";
import {
  checkOps,
  checkStrategy,
  encodedSize,
  isOver,
  type JobChanges,
  type JobEvent,
  type JobSpec,
  type ModelVersion,
  modelCodecOf,
  resolveModel,
  roundedModel,
  vectorsAlong,
} from "@tributary/federation";
import { initialise, parameterCount } from "@tributary/nn";
import {
  type BlobRef,
  decodeParameters,
  encodeParameters,
  type ParameterSet,
  reached,
  TributaryError,
  toTributaryError,
} from "@tributary/protocol";
import { KeyedRequests, type RequestKey } from "../keyed-requests.js";
import type { Session } from "../sockets/session.js";
import type { JobRecord } from "../store/records.js";
import type { Store } from "../store/store.js";
import { jobView } from "../store/views.js";
import { checkDataset } from "./check-dataset.js";
import { checkOrigin, originOf } from "./check-origin.js";
import { Effects, type EffectsContext } from "./effects.js";
import { heldBy } from "./held-blobs.js";
import { isStoreFailure, JobRun } from "./job-run.js";
import { replayedJournal } from "./replay.js";
import { unknownJob } from "./unknown-job.js";

const MOST_QUEUED = 1_000;
/** How long to wait before a store that failed is asked for the next job again, ms. */
const STORE_RETRY_MS = 1_000;

interface Current {
  readonly run: JobRun;
  readonly effects: Effects;
}

export interface JobsContext extends EffectsContext {
  readonly store: Store;
  /** Told how large the model of the job is that begins or goes on, bytes. */
  readonly onModel?: ((bytes: number) => void) | undefined;
}

/** The jobs of a coordinator. They run one at a time, in the order of submission. */
export class Jobs {
  #current: Current | undefined;
  /** Starting, resuming and cancelling follow one another, so that no job is ever open twice. */
  #tail: Promise<unknown> = Promise.resolve();
  readonly #requests = new KeyedRequests("job", (key) => this.context.store.jobOfRequest(key));
  #closed = false;
  #retry: NodeJS.Timeout | undefined;
  #swept = false;

  constructor(private readonly context: JobsContext) {
    context.workers.listen({
      joined: (session) => this.#tellJoined(session),
      left: (name) => this.#tell({ type: "WorkerLeft", name }),
    });
  }

  /** The job that runs. */
  get running(): JobRun | undefined {
    return this.#current?.run;
  }

  /** The job of this id, while it runs. */
  find(id: string): JobRun | undefined {
    return this.#current?.run.id === id ? this.#current.run : undefined;
  }

  /**
   * Takes a job: it is stored, and begins as soon as all earlier ones are over.
   *
   * @throws TributaryError `unknown_model`, `invalid_graph`, `shape_mismatch`, `invalid_job_spec`, `unknown_dataset`, `ops_unsupported`,
   *   `not_found` (what `from` names), `parameters_mismatch` (it is of another network), `conflict` (the queue is full), `disk_full`
   */
  submit(spec: JobSpec): Promise<JobRecord> {
    return this.#submit(spec, {});
  }

  /**
   * `submit` for a request that may come again: the same key gives the same job, whatever became of the first answer.
   *
   * @param request its body, as it came
   * @throws TributaryError `idempotency_key_reused`, and what `submit` throws
   */
  submitOnce(idempotencyKey: string, request: string, spec: () => JobSpec): Promise<JobRecord> {
    return this.#requests.once(idempotencyKey, request, async (key) => this.#submit(spec(), key));
  }

  async #submit(spec: JobSpec, request: Partial<RequestKey>): Promise<JobRecord> {
    const { store, workers, log } = this.context;
    const graph = resolveModel(spec);
    checkStrategy(spec, graph);
    checkDataset(spec, graph, await store.workers.list());
    checkOps(
      spec,
      graph,
      workers.connected.map(({ description }) => description),
    );
    await checkOrigin(spec, graph, store);
    await this.context.disk.require(0);
    if ((await store.unfinishedJobs()).length >= MOST_QUEUED)
      throw new TributaryError("conflict", `${MOST_QUEUED} jobs wait already`);
    const job = await store.addJob({
      id: newId(),
      name: spec.name,
      spec,
      parameters: parameterCount(graph),
      submittedAt: new Date(),
      ...request,
    });
    this.context.metrics.jobs.seen(job.id, job.status);
    log.info({ job: job.id, name: job.name }, "job submitted");
    this.context.notices.submitted(jobView(job, undefined));
    this.advance();
    return job;
  }

  /** @throws TributaryError `not_found`, `conflict` (it is over, and was not cancelled) */
  cancel(id: string): Promise<void> {
    return this.#ask(id, { type: "CancelRequested" }, ({ status }) => status !== "cancelled");
  }

  /**
   * Lets a job stand still with what it has: at once, or when the aggregation under way is done. Others may run meanwhile.
   *
   * @param reason for people
   * @throws TributaryError `not_found`, `conflict` (it is over)
   */
  pause(id: string, reason: string): Promise<void> {
    return this.#ask(id, { type: "PauseRequested", reason }, ({ status }) => status !== "paused");
  }

  /** A paused job goes on as soon as no other runs. @throws TributaryError `not_found`, `conflict` (it is over) */
  async resume(id: string): Promise<void> {
    await this.#ask(id, { type: "ResumeRequested" }, () => true);
    this.advance();
  }

  /** Other settings hold from now on. @throws TributaryError `not_found`, `conflict` (it is over), `invalid_job_spec` */
  change(id: string, changes: JobChanges): Promise<void> {
    return this.#ask(id, { type: "SettingsChanged", changes }, () => true);
  }

  /** What somebody wants of a job that is not over, whether it runs or not. `isNews`: whether it changes anything. */
  #ask(id: string, event: JobEvent, isNews: (record: JobRecord) => boolean): Promise<void> {
    return this.#exclusively(async () => {
      const record = await this.context.store.job(id);
      if (record === undefined) throw await unknownJob(this.context.store, id);
      if (!isNews(record)) return;
      if (isOver(record.status)) throw new TributaryError("conflict", `job ${id} is ${record.status} already`);
      const { run } = this.#current?.run.id === id ? this.#current : await this.#openAside(record);
      await run.dispatch(event);
    });
  }

  /**
   * Looks whether the networks of all jobs that are not over can still be read: an operator of somebody's own may be missing.
   * A job that can't be read would hold up the queue behind it for ever.
   *
   * @throws TributaryError `invalid_graph` and what else `resolveModel` throws, naming the job
   */
  async checkUnfinished(): Promise<void> {
    const { store, metrics } = this.context;
    for (const { id, status, spec } of await store.jobsNotOver()) {
      metrics.jobs.seen(id, status);
      // One that stands is looked at when it is resumed.
      if (status === "paused") continue;
      try {
        resolveModel(spec);
      } catch (thrown) {
        const { code, message, hint } = toTributaryError(thrown);
        throw new TributaryError(code, `job ${id}, which is not over: ${message}`, { hint, cause: thrown });
      }
    }
  }

  /**
   * Begins, or goes on with, the oldest job that is not over, if none runs. Returns at once. A store that fails is asked again
   * until it answers: nobody else would start the job.
   */
  advance(): void {
    clearTimeout(this.#retry);
    this.#exclusively(() => this.#startNext()).catch((error: unknown) => {
      this.context.log.error({ err: error }, "the next job cannot be started");
      if (this.#closed || !isStoreFailure(error)) return;
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.advance(), STORE_RETRY_MS);
    });
  }

  /** Lets go of the running job. It goes on when the coordinator is started again. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#current?.effects.stop();
    await this.#tail;
    this.#current?.effects.stop();
    await this.#current?.run.stop();
    this.#current = undefined;
  }

  async #startNext(): Promise<void> {
    if (this.#closed || this.#current !== undefined) return;
    const [record] = await this.context.store.unfinishedJobs();
    const next = record && (await this.#open(record));
    await this.#sweep(next?.run);
    if (next === undefined) return;
    const { run } = next;
    this.#current = next;
    this.context.onModel?.(encodedSize(run.graph.parameters));
    if (!run.isNew) {
      reached("recovered", { job: run.id });
      this.#tell({ type: "CoordinatorRestarted" });
    }
    for (const session of this.context.workers.connected) this.#tellJoined(session);
    if (run.state.phase.kind === "created") void this.#begin(next);
  }

  /** Once, before anything is under way: the blobs that no job needs are deleted, as a killed coordinator leaves them. */
  async #sweep(run: JobRun | undefined): Promise<void> {
    if (this.#swept) return;
    const { blobs, claims, store, log } = this.context;
    for (const record of await store.openJobs()) {
      // The journal of the job that runs is replayed already.
      const state = record.id === run?.id ? run.state : (await replayedJournal(record, store)).state;
      for (const { claimant, digest } of heldBy(record.id, state)) claims.claim(claimant, digest);
    }
    if (run?.state.phase.kind !== "training" && !run?.state.flow?.outstanding.length) await blobs.discardPartials("");
    const deleted = await claims.deleteOrphans();
    if (deleted > 0) log.info({ deleted }, "blobs that no job needs are deleted");
    this.#swept = true;
  }

  /** A job begins with its initial model, drawn from its seed, or with the version that it goes on from. */
  async #begin(current: Current): Promise<void> {
    const { run, effects } = current;
    const { from } = run.spec;
    try {
      const model = await (from === undefined ? this.#initialModel(current) : this.#originModel(current, from));
      const packed = await effects.packed(run, model);
      reached("before-first-commit", { job: run.id });
      const along = model.state && vectorsAlong(run.spec, run.graph);
      await effects.tell(run, { type: "JobStarted", model: { ...model, ...packed, ...along } });
    } catch (thrown) {
      const { code, message } = toTributaryError(thrown);
      await effects.tell(run, { type: "JobBroken", reason: `the initial model: ${code}: ${message}` });
    }
  }

  async #initialModel(current: Current): Promise<ModelVersion> {
    const { graph, spec } = current.run;
    return { round: 0, ...(await this.#writeModel(current, initialise(graph, spec.seed))) };
  }

  async #originModel(current: Current, from: NonNullable<JobSpec["from"]>): Promise<ModelVersion> {
    const { run, effects } = current;
    const { store, blobs } = this.context;
    const version = await effects.patiently(run, () => originOf(from, run.spec, store));
    if (modelCodecOf(run.spec) === undefined) return version;
    const bytes = await effects.patiently(run, () => blobs.read(version.digest));
    return { ...version, ...(await this.#writeModel(current, decodeParameters(bytes))) };
  }

  /** A model that a job begins with, of numbers that travel as the job has it. */
  #writeModel({ run, effects }: Current, model: ParameterSet): Promise<BlobRef> {
    const codec = modelCodecOf(run.spec);
    const bytes = encodeParameters(codec === undefined ? model : roundedModel(codec, model));
    return effects.written(run, bytes.byteLength, () => this.context.blobs.write(bytes));
  }

  async #open(record: JobRecord): Promise<Current> {
    const graph = resolveModel(record.spec);
    const effects = new Effects(this.context, (run) => this.#finished(run));
    const run = await JobRun.open(record, graph, this.context.store, effects.carryOut);
    return { run, effects };
  }

  /** A job that does not run: what is asked of it changes its journal, and sets no timer. */
  async #openAside(record: JobRecord): Promise<Current> {
    const aside = await this.#open(record);
    aside.effects.setAside();
    return aside;
  }

  #finished(run: JobRun): void {
    if (this.#current?.run !== run) return;
    this.#current = undefined;
    this.advance();
  }

  #tellJoined(session: Session): void {
    const graph = this.#current?.run.graph;
    if (graph !== undefined) this.#tell({ type: "WorkerJoined", worker: session.factsFor(graph) });
  }

  #tell(event: JobEvent): void {
    if (this.#current !== undefined) void this.#current.effects.tell(this.#current.run, event);
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }
}

/** Fifty random bits in 10 characters that are easy to read aloud (Crockford's base 32). */
function newId(): string {
  const digits = "0123456789abcdefghjkmnpqrstvwxyz";
  return Array.from(randomBytes(10), (byte) => digits[byte % 32]).join("");
}
