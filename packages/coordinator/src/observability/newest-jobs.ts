import type { Gauge } from "prom-client";

/** Gauges with a series for each of the jobs that were heard of last: an older job's series goes when a newer one needs the room. */
export class NewestJobs {
  /** The latest heard of last. */
  readonly #jobs = new Set<string>();

  constructor(
    private readonly gauges: readonly Gauge<"job">[],
    private readonly most: number,
  ) {}

  set(gauge: Gauge<"job">, job: string, value: number): void {
    this.#jobs.delete(job);
    this.#jobs.add(job);
    gauge.set({ job }, value);
    for (const old of [...this.#jobs].slice(0, -this.most)) {
      this.#jobs.delete(old);
      for (const other of this.gauges) other.remove({ job: old });
    }
  }
}
