import { describe, expect, it } from "vitest";
import { type JobGauge, NewestJobs } from "./newest-jobs.js";

/** A gauge that only remembers. */
class Remembering implements JobGauge {
  readonly series = new Map<string, number>();
  set({ job }: { readonly job: string }, value: number): void {
    this.series.set(job, value);
  }
  remove({ job }: { readonly job: string }): void {
    this.series.delete(job);
  }
}

describe("the series of jobs", () => {
  it("are kept for the jobs that were heard of last, in all gauges", () => {
    const [loss, accuracy] = [new Remembering(), new Remembering()];
    const newest = new NewestJobs([loss, accuracy], 2);
    newest.set(accuracy, "y", 0.5);
    for (const job of ["x", "y", "x", "z"]) newest.set(loss, job, 1);
    expect([...loss.series.keys()].sort()).toEqual(["x", "z"]);
    expect([...accuracy.series.keys()]).toEqual([]);
  });
});
