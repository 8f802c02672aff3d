import { checkJobSpec, type JobView } from "@tributary/federation";
import { describe, expect, it } from "vitest";
import { doneFraction, timeLeft } from "./job-progress.js";

const begun = Date.parse("2026-01-01T00:00:00Z");
const after = (seconds: number) => new Date(begun + 1_000 * seconds).toISOString();

const job = (round: number, seconds: number, more: Partial<JobView> = {}): JobView => ({
  ...{ id: "j", name: "job", status: "running", phase: "training", reason: null, waitingFor: null, parameters: 1 },
  ...{
    round: round + 1,
    accuracy: null,
    bestAccuracy: null,
    submittedAt: after(0),
    startedAt: after(0),
    finishedAt: null,
  },
  spec: checkJobSpec({ model: "lenet5", dataset: "mnist", rounds: 100 }),
  model: { round, digest: "", size: 1, sentBytes: 1, createdAt: after(seconds) },
  ...more,
});

describe("the time left of a job", () => {
  it("is what the rounds to come take at the pace so far", () => {
    expect(timeLeft(job(25, 50))).toBe(150_000);
  });

  it("does not count the rounds of the job that it goes on from", () => {
    const from = { job: "other", round: 50 };
    const spec = checkJobSpec({ model: "lenet5", dataset: "mnist", rounds: 100, from });
    expect(timeLeft(job(60, 20, { spec }))).toBe(80_000);
    expect(timeLeft(job(50, 0, { spec }))).toBeUndefined();
  });

  it("is not there before the first round, and while the job does not run", () => {
    expect(timeLeft(job(0, 0))).toBeUndefined();
    expect(timeLeft(job(25, 50, { status: "paused" }))).toBeUndefined();
  });
});

describe("how much of a job is done", () => {
  it("is its part of the rounds, and all when it is completed before the last", () => {
    expect(doneFraction(job(25, 50))).toBe(0.25);
    expect(doneFraction(job(25, 50, { status: "completed" }))).toBe(1);
  });
});
