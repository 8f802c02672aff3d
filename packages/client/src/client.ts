import {
  type AuditEntry,
  type AuditHead,
  auditHeadSchema,
  auditListSchema,
  type FederationNotice,
  type Health,
  healthSchema,
  type JobChanges,
  type JobLogLine,
  type JobNotice,
  type JobSeries,
  type JobSpecInput,
  type JobView,
  jobListSchema,
  jobLogsSchema,
  jobSeriesSchema,
  jobViewSchema,
  type ModelList,
  type ModelVersionView,
  modelListSchema,
  type NewWebhook,
  type RoundList,
  type RoundView,
  roundListSchema,
  type WebhookView,
  type WorkerState,
  type WorkerView,
  webhookListSchema,
  webhookViewSchema,
  workerListSchema,
  workerViewSchema,
} from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import type { z } from "zod";
import { type ClientOptions, Http } from "./http.js";
import { followLogs } from "./logs.js";
import type {
  CreateOptions,
  JobListQuery,
  JobRef,
  LogsQuery,
  ModelFormat,
  PageQuery,
  RoundPageQuery,
  SeriesQuery,
  Version,
} from "./queries.js";
import { type JobWatchOptions, type WatchOptions, watchFederation, watchJob, watchRounds } from "./watch.js";

/** Entries that are asked for at once. */
const PAGE = 200;

/**
 * Submits, watches and fetches jobs of one coordinator. Every method throws a `TributaryError`: what the coordinator refused
 * with, or `coordinator_unreachable`, `disconnected`, `timed_out`.
 *
 * @example
 * ```ts
 * const client = new TributaryClient({ url: "http://127.0.0.1:7300", token });
 * const job = await client.jobs.create({ model: "lenet5", dataset: "mnist", rounds: 20 });
 * for await (const round of client.watchRounds(job)) console.log(round.number, round.evaluation?.accuracy);
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
    /** @throws TributaryError `idempotency_key_reused` and what else the coordinator refuses a job with */
    create: (spec: JobSpecInput, { idempotencyKey }: CreateOptions = {}): Promise<JobView> =>
      this.#http.json("/v1/jobs", jobViewSchema, {
        method: "POST",
        body: spec,
        ...keyed(idempotencyKey),
      }),
    /** The newest first. */
    list: async (query: JobListQuery = {}): Promise<JobView[]> =>
      (await this.#http.json(`/v1/jobs${queryOf({ ...query })}`, jobListSchema)).jobs,
    /** All of them, the newest first, page by page as they are taken. */
    all: (query: Omit<JobListQuery, "limit"> = {}): AsyncGenerator<JobView> =>
      this.#all("/v1/jobs", query, jobListSchema, ({ jobs }) => jobs),
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
    rounds: (id: string): Promise<RoundView[]> =>
      arrayOf(this.#all(`${pathOf(id)}/rounds`, {}, roundListSchema, ({ rounds }) => rounds)),
    /** The newest warnings and errors that workers told of a job since the coordinator started, the newest last. */
    logs: async (id: string, { limit = PAGE }: LogsQuery = {}): Promise<readonly JobLogLine[]> =>
      (await this.#http.json(`${pathOf(id)}/logs?limit=${limit}`, jobLogsSchema)).lines,
    /** The newest attempts at rounds first, a page at a time. @param cursor the `next` of the page before */
    newestRounds: (id: string, query: RoundPageQuery = {}): Promise<RoundList> =>
      this.#http.json(`${pathOf(id)}/rounds${queryOf({ ...query, order: "newest" })}`, roundListSchema),
    /** Accuracy and loss over all rounds that are over, in a few points: what a chart needs, however long the job is. */
    series: (id: string, { names = [], ...query }: SeriesQuery = {}): Promise<JobSeries> =>
      this.#http.json(
        `${pathOf(id)}/series${queryOf({ ...query, names: names.length === 0 ? undefined : names.join(",") })}`,
        jobSeriesSchema,
      ),
  };

  readonly workers = {
    /** All of them, by name. */
    list: (query: { readonly state?: WorkerState } = {}): Promise<WorkerView[]> =>
      arrayOf(this.#all("/v1/workers", query, workerListSchema, ({ workers }) => workers)),
    get: (name: string): Promise<WorkerView> =>
      this.#http.json(`/v1/workers/${encodeURIComponent(name)}`, workerViewSchema),
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

  readonly webhooks = {
    /** It is told of what changes from now on. @throws TributaryError `idempotency_key_reused`, `invalid_request`, `conflict` */
    create: (webhook: NewWebhook, { idempotencyKey }: CreateOptions = {}): Promise<WebhookView> =>
      this.#http.json("/v1/webhooks", webhookViewSchema, { method: "POST", body: webhook, ...keyed(idempotencyKey) }),
    list: (): Promise<WebhookView[]> =>
      arrayOf(this.#all("/v1/webhooks", {}, webhookListSchema, ({ webhooks }) => webhooks)),
    remove: (id: string): Promise<WebhookView> =>
      this.#http.json(`/v1/webhooks/${encodeURIComponent(id)}`, webhookViewSchema, { method: "DELETE" }),
  };

  readonly models = {
    /** All versions, from the initial one on. */
    list: (id: string): Promise<ModelVersionView[]> =>
      arrayOf(this.#all(`${pathOf(id)}/models`, {}, modelListSchema, ({ models }) => models)),
    /** The newest versions first, a page at a time. */
    newest: (id: string, query: PageQuery = {}): Promise<ModelList> =>
      this.#http.json(`${pathOf(id)}/models${queryOf({ ...query, order: "newest" })}`, modelListSchema),
    /** A model as a file, whole in memory. */
    fetch: async (
      id: string,
      version: Version = "latest",
      format: ModelFormat = "safetensors",
    ): Promise<Uint8Array<ArrayBuffer>> =>
      new Uint8Array(await new Response(await this.#model(id, version, format)).arrayBuffer()),
    /** A model as a file, as a stream. */
    stream: (
      id: string,
      version: Version = "latest",
      format: ModelFormat = "safetensors",
    ): Promise<ReadableStream<Uint8Array>> => this.#model(id, version, format),
  };

  /**
   * Notices of whatever changes in a job, each with a `type` and `data`, until the job is over: all rounds so far first, or with
   * `from: "now"` only what comes. A lost connection is made again. For rounds alone there is `watchRounds`.
   *
   * @example
   * ```ts
   * for await (const { type, data } of client.watch(job)) if (type === "progress") console.log(data.worker, data.done, data.total);
   * ```
   */
  watch(job: JobRef, options?: JobWatchOptions): AsyncGenerator<JobNotice> {
    return watchJob(this.#http, idOf(job), options);
  }

  /**
   * Rounds of a job: its attempts at them, each once, when it has ended, until the job is over. A lost connection is made again.
   *
   * @example
   * ```ts
   * for await (const round of client.watchRounds(job)) console.log(round.number, round.evaluation?.accuracy);
   * ```
   */
  watchRounds(job: JobRef, options?: JobWatchOptions): AsyncGenerator<RoundView> {
    return watchRounds(this.#http, idOf(job), options);
  }

  /**
   * What workers tell of a job, each line once, those before first, until the job is over. A lost connection is made again; the
   * log of a coordinator that was started again begins anew.
   *
   * @example
   * ```ts
   * for await (const { worker, code, message } of client.watchLogs(job)) console.log(worker, code, message);
   * ```
   */
  watchLogs(job: JobRef, options?: WatchOptions): AsyncGenerator<JobLogLine> {
    const id = idOf(job);
    return followLogs(
      {
        lines: () => this.jobs.logs(id),
        notices: (watch) => this.watch(id, { ...watch, from: "now" }),
      },
      options,
    );
  }

  /**
   * Who is there and what jobs do, whenever that changes, for as long as one looks on: the present state of all comes first, between
   * `reset` and `ready`. A lost connection is made again.
   */
  watchFederation(options?: WatchOptions): AsyncGenerator<FederationNotice> {
    return watchFederation(this.#http, options);
  }

  async *#all<List extends { readonly next: string | null }, Entry>(
    path: string,
    query: Query,
    schema: z.ZodType<List>,
    entriesOf: (list: List) => readonly Entry[],
  ): AsyncGenerator<Entry> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.#http.json(`${path}${queryOf({ ...query, limit: PAGE, cursor })}`, schema);
      yield* entriesOf(page);
      if (page.next === null) return;
      if (page.next === cursor) throw new TributaryError("invalid_message", `the pages of ${path} do not end`);
      cursor = page.next;
    }
  }

  #model(id: string, version: Version, format: ModelFormat): Promise<ReadableStream<Uint8Array>> {
    return this.#http.stream(`${pathOf(id)}/models/${version}.${format}`);
  }
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

function queryOf(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? "" : `?${given.join("&")}`;
}

const keyed = (key: string | undefined) => (key === undefined ? {} : { headers: { "idempotency-key": key } });

async function arrayOf<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

const idOf = (job: JobRef): string => (typeof job === "string" ? job : job.id);

const pathOf = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;
