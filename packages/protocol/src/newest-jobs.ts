/** A gauge with a series for each job, as prom-client has them. */
export interface JobGauge {
  set(labels: { readonly job: string }, value: number): void;
  remove(labels: { readonly job: string }): void;
}

/** Gauges with a series for each of the jobs that were heard of last: an older job's series goes when a newer one needs the room. */
export class NewestJobs {
  /** The latest heard of last. */
  readonly #jobs = new Set<string>();

  constructor(
    private readonly gauges: readonly JobGauge[],
    /** Jobs that have series. Default 20. */
    private readonly most = 20,
  ) {}

  set(gauge: JobGauge, job: string, value: number): void {
    this.#jobs.delete(job);
    this.#jobs.add(job);
    gauge.set({ job }, value);
    for (const old of [...this.#jobs].slice(0, -this.most)) {
      this.#jobs.delete(old);
      for (const other of this.gauges) other.remove({ job: old });
    }
  }
}
