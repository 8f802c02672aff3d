import {
  type AuditEntry,
  type AuditHead,
  auditHeadSchema,
  auditListSchema,
  type Health,
  healthSchema,
  type JobChanges,
  type JobNotice,
  type JobSpecInput,
  type JobView,
  jobListSchema,
  jobViewSchema,
  type ModelVersionView,
  modelListSchema,
  type RoundView,
  roundListSchema,
  type WorkerView,
  workerListSchema,
  workerViewSchema,
} from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { type ClientOptions, Http } from "./http.js";
import { type WatchOptions, watchJob } from "./watch.js";

/** A version of a job's global model: a round, or the newest. */
export type Version = number | "latest";

/** Attempts at rounds that are asked for at once: more than one round can have. */
const PAGE = 200;

/**
 * Submits, watches and fetches jobs of one coordinator. Every method throws a `TributaryError`: what the coordinator refused
 * with, or `coordinator_unreachable`, `disconnected`, `timed_out`.
 *
 * @example
 * ```ts
 * const client = new TributaryClient({ url: "http://127.0.0.1:7300", token });
 * const job = await client.jobs.create({ model: "lenet5", dataset: "mnist", rounds: 20 });
 * for await (const notice of client.watch(job.id))
 *   if (notice.type === "round") console.log(notice.data.number, notice.data.evaluation?.accuracy);
 * const model = await client.models.fetch(job.id);
 * ```
 */
export class TributaryClient {
  readonly #http: Http;

  constructor(options: ClientOptions) {
    this.#http = new Http(options);
  }

  /** Whether the coordinator answers; needs no token. */
  health(): Promise<Health> {
    return this.#http.json("/health", healthSchema);
  }

  readonly jobs = {
    create: (spec: JobSpecInput): Promise<JobView> =>
      this.#http.json("/v1/jobs", jobViewSchema, { method: "POST", body: spec }),
    /** The newest first. */
    list: async (): Promise<JobView[]> => (await this.#http.json("/v1/jobs", jobListSchema)).jobs,
    get: (id: string): Promise<JobView> => this.#http.json(pathOf(id), jobViewSchema),
    cancel: (id: string): Promise<JobView> =>
      this.#http.json(`${pathOf(id)}/cancel`, jobViewSchema, { method: "POST" }),
    /** It keeps what it has until it is resumed. */
    pause: (id: string, reason?: string): Promise<JobView> =>
      this.#http.json(`${pathOf(id)}/pause`, jobViewSchema, {
        method: "POST",
        body: reason === undefined ? {} : { reason },
      }),
    resume: (id: string): Promise<JobView> =>
      this.#http.json(`${pathOf(id)}/resume`, jobViewSchema, { method: "POST" }),
    /** Changes settings of a job that is not over. */
    change: (id: string, changes: JobChanges): Promise<JobView> =>
      this.#http.json(pathOf(id), jobViewSchema, { method: "PATCH", body: changes }),
    /** All attempts at all rounds, in order. */
    rounds: async (id: string): Promise<RoundView[]> => {
      const all: RoundView[] = [];
      for (let from = 1; ; ) {
        const { rounds } = await this.#http.json(`${pathOf(id)}/rounds?from=${from}&limit=${PAGE}`, roundListSchema);
        const last = rounds.at(-1)?.number;
        if (last === undefined || rounds.length < PAGE) return [...all, ...rounds];
        if (last === from) throw new TributaryError("invalid_message", `round ${last} has ${PAGE} attempts or more`);
        // The page may end in the middle of a round: that one is asked for again.
        all.push(...rounds.filter(({ number }) => number < last));
        from = last;
      }
    },
  };

  readonly workers = {
    list: async (): Promise<WorkerView[]> => (await this.#http.json("/v1/workers", workerListSchema)).workers,
    /** Forgets a worker that is not connected, and its key: its name is free. */
    remove: (name: string): Promise<WorkerView> =>
      this.#http.json(`/v1/workers/${encodeURIComponent(name)}`, workerViewSchema, { method: "DELETE" }),
  };

  readonly audit = {
    /** Lines of the audit log after a number, 1,000 at most. */
    list: async (after: number): Promise<AuditEntry[]> =>
      (await this.#http.json(`/v1/audit?after=${after}&limit=1000`, auditListSchema)).entries,
    /** The newest line's number and hash. */
    head: (): Promise<AuditHead> => this.#http.json("/v1/audit/head", auditHeadSchema),
  };

  readonly models = {
    list: async (id: string): Promise<ModelVersionView[]> =>
      (await this.#http.json(`${pathOf(id)}/models`, modelListSchema)).models,
    /** A model as a safetensors file, whole in memory. */
    fetch: async (id: string, version: Version = "latest"): Promise<Uint8Array> =>
      new Uint8Array(await new Response(await this.#model(id, version)).arrayBuffer()),
    /** A model as a safetensors file, as a stream. */
    stream: (id: string, version: Version = "latest"): Promise<ReadableStream<Uint8Array>> => this.#model(id, version),
  };

  /** What changes in a job, until it is over. A lost connection is made again. */
  watch(id: string, options?: WatchOptions): AsyncGenerator<JobNotice> {
    return watchJob(this.#http, id, options);
  }

  #model(id: string, version: Version): Promise<ReadableStream<Uint8Array>> {
    return this.#http.stream(`${pathOf(id)}/models/${version}.safetensors`);
  }
}

const pathOf = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;
