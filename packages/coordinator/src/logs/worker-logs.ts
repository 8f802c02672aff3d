import { isErrorCode, oneLine, TokenBucket, TributaryError, type v1 } from "@tributary/protocol";
import type { Logger } from "pino";
import type { Jobs } from "../jobs/jobs.js";
import type { Notices } from "../jobs/notices.js";
import type { Session } from "../sockets/session.js";
import type { JobLogs } from "./job-logs.js";

/** Lines that a worker may tell at once, and how often one more, ms: somewhat more than an honest one does. */
const BURST = 20;
const EVERY_MS = 3_000;
const LONGEST = 300;

/** Takes the warnings and errors that workers tell of: into this process's log, and to the job that they are about. */
export class WorkerLogs {
  readonly #buckets = new WeakMap<Session, TokenBucket>();

  constructor(
    private readonly jobs: Jobs,
    private readonly jobLogs: JobLogs,
    private readonly notices: Notices,
    private readonly log: Logger,
  ) {}

  /** @throws TributaryError `rate_limited` */
  take(session: Session, line: v1.LogLine): v1.Empty.$Properties {
    const bucket = this.#buckets.get(session) ?? new TokenBucket(BURST, EVERY_MS);
    this.#buckets.set(session, bucket);
    if (!bucket.take()) throw new TributaryError("rate_limited", "too many lines of log");
    const level = line.level === "error" ? "error" : "warn";
    const code = isErrorCode(line.code) ? line.code : "internal";
    const message = oneLine(line.message, LONGEST);
    const { round, omitted } = line;
    // A worker speaks of a job that it had work of, or that runs: also when its connection is a new one.
    const job = session.wasAskedFor(line.job) ? line.job : this.jobs.find(line.job)?.id;
    const worker = session.name;
    this.log[level]({ worker, job, round, code, omitted, said: message }, `worker tells of ${code}`);
    if (job !== undefined) {
      const said = { at: new Date().toISOString(), worker, round, level, code, message, omitted } as const;
      this.jobLogs.add(job, said);
      this.notices.logged(job, said);
    }
    return {};
  }
}
