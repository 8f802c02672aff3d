import { describe, expect, it } from "vitest";
import { openStore } from "../store/open-store.js";
import type { Step } from "../store/records.js";
import { newDataFolder } from "../testing/local-coordinator.js";
import { JobCounts } from "./job-counts.js";
import { PhaseClock } from "./phase-clock.js";
import { timedStore } from "./timed-store.js";

type Phase = Step["progress"]["phase"];
const progress = (phase: Phase, round: number) => ({
  ...{ settings: null, status: "running" as const, reason: null, waitingFor: null, accuracy: null, bestAccuracy: null },
  ...{ startedAt: null, finishedAt: null, phase, round },
});
const step = (seconds: number, phase: Phase, round: number, job = "a") => ({
  ...{ job, at: new Date(seconds * 1000), progress: progress(phase, round) },
});

describe("the clock of phases", () => {
  it("times each phase of each round from its first step to the next phase's", () => {
    const clock = new PhaseClock();
    expect(clock.take(step(1, "training", 1))).toBeUndefined();
    expect(clock.take(step(2, "training", 1))).toBeUndefined();
    expect(clock.take(step(4, "aggregating", 1))).toEqual({ phase: "training", seconds: 3 });
    expect(clock.take(step(5, "training", 2))).toEqual({ phase: "aggregating", seconds: 1 });
    expect(clock.take(step(7, "training", 3))).toEqual({ phase: "training", seconds: 2 });
  });

  it("stands still while a job is paused, and keeps jobs apart", () => {
    const clock = new PhaseClock();
    clock.take(step(1, "training", 1));
    expect(clock.take(step(2, "waiting", 1, "b"))).toBeUndefined();
    expect(clock.take(step(3, null, 1))).toEqual({ phase: "training", seconds: 2 });
    expect(clock.take(step(9, "training", 1))).toBeUndefined();
    expect(clock.take(step(8, "aggregating", 1))).toEqual({ phase: "training", seconds: 0 });
  });
});

describe("the counts of jobs", () => {
  it("forget a job that is over", () => {
    const counts = new JobCounts();
    counts.seen("a", "queued");
    counts.seen("b", "queued");
    counts.seen("a", "running");
    expect([counts.of("queued"), counts.of("running")]).toEqual([1, 1]);
    counts.seen("a", "completed");
    expect(counts.of("running")).toBe(0);
  });
});

describe("a store that is timed", () => {
  it("answers as it does, and tells of each question and of those that failed", async () => {
    const notes: [string, boolean][] = [];
    const store = timedStore(
      await openStore({ folder: await newDataFolder(), onLost: () => undefined }),
      (question, seconds, failed) => {
        expect(seconds).toBeGreaterThan(0);
        notes.push([question, failed]);
      },
    );
    expect(await store.job("none")).toBeUndefined();
    await expect(store.job("\0")).rejects.toMatchObject({ code: "invalid_request" });
    for await (const _ of store.journal("none", 0));
    await store.close();
    expect(notes.slice(0, 2)).toEqual([
      ["job", false],
      ["job", true],
    ]);
  });
});
