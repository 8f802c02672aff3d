import type { JobLogLine } from "@tributary/federation";

/** Lines that are kept of a job, and jobs that have some. */
const LINES = 200;
const JOBS = 50;

/** The newest warnings and errors of workers, by job. They are in memory: a restart begins anew. */
export class JobLogs {
  /** The job that was told of last is the last. */
  readonly #jobs = new Map<string, JobLogLine[]>();

  add(job: string, line: JobLogLine): void {
    const lines = [...(this.#jobs.get(job) ?? []), line].slice(-LINES);
    this.#jobs.delete(job);
    this.#jobs.set(job, lines);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > JOBS && oldest !== undefined) this.#jobs.delete(oldest);
  }

  /** The newest last. @param level only lines of this one; default: all */
  of(job: string, limit: number, level?: JobLogLine["level"]): readonly JobLogLine[] {
    const lines = this.#jobs.get(job) ?? [];
    return lines.filter((line) => level === undefined || line.level === level).slice(-limit);
  }
}
