import { describe, expect, it } from "vitest";
import { changed, type JobChanges, mergedChanges, parseJobChanges } from "./job-changes.js";
import { checkJobSpec } from "./parse-job-spec.js";

const spec = checkJobSpec({
  ...{ model: "lenet5", dataset: "mnist" },
  cohort: { size: 4, quorum: 2, exclusion: { refusals: 2, rounds: 5 } },
  stop: { accuracy: 0.9, patience: { metric: "loss", rounds: 5 } },
});

describe("changes of a job", () => {
  it("take away what is null, have what is named, and leave the rest", () => {
    const { cohort, stop } = changed(spec, {
      cohort: { exclusion: null, selection: { kind: "roundRobin" } },
      stop: { accuracy: null, wallClockSeconds: 60 },
    });
    expect(cohort).toEqual({ ...withoutExclusion(), selection: { kind: "roundRobin" } });
    expect(stop).toEqual({ patience: { metric: "loss", rounds: 5, minimumDelta: 0 }, wallClockSeconds: 60 });
  });

  const withoutExclusion = () => {
    const { exclusion: _, ...rest } = spec.cohort;
    return rest;
  };

  it("one after the other are those of both together, also with what the first took away", () => {
    const changes: JobChanges[] = [
      { stop: { accuracy: null, loss: 0.5 } },
      { rounds: 50, stop: { patience: null } },
      { cohort: { quorum: null }, stop: { accuracy: 0.8, loss: null } },
    ];
    const after = changes.reduce(changed, spec);
    const merged = changes.reduce<JobChanges | null>(mergedChanges, null) ?? {};
    expect(changed(spec, merged)).toEqual(after);
    expect(after).toMatchObject({ rounds: 50, stop: { accuracy: 0.8 } });
    expect(after.stop).toEqual({ accuracy: 0.8 });
    expect(after.cohort.quorum).toBeUndefined();
  });

  it.each<[JobChanges, RegExp]>([
    [
      { cohort: { selection: { kind: "powerOfChoice", candidates: 3 } } },
      /cohort[.]selection[.]candidates: must be at least 4/,
    ],
    [{ cohort: { quorum: 5 } }, /cohort[.]quorum: must be at most cohort[.]size/],
  ])("that do not go with the job are refused: %j", (changes, message) => {
    expect(() => changed(spec, changes)).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
  });

  it("are refused when a schedule would come to what the job can't be", () => {
    const schedules = { "cohort.size": { name: "piecewise" as const, steps: [{ from: 20, value: 1 }] } };
    const shrinking = checkJobSpec({ ...spec, rounds: 19, schedules });
    expect(changed(shrinking, { rounds: 18 }).schedules).toEqual(schedules);
    expect(() => changed(shrinking, { rounds: 20 })).toThrow(
      expect.objectContaining({ message: "schedules: round 20: cohort.quorum: must be at most cohort.size (1)" }),
    );
  });

  it("that need a score are refused of a job that has none", () => {
    const unscored = checkJobSpec({ model: "lenet5", dataset: "mnist", evaluation: { every: 0 } });
    const patience = { metric: "loss" as const, rounds: 1, minimumDelta: 0 };
    for (const stop of [{ accuracy: 0.5 }, { loss: 0.5 }, { patience }])
      expect(() => changed(unscored, { stop })).toThrow(expect.objectContaining({ code: "invalid_job_spec" }));
  });

  it.each([
    { stop: { accuracy: 2 } },
    { stop: { patience: { metric: "loss" } } },
    { stop: { rounds: 3 } },
    { cohort: { minimum: null } },
    { rounds: null },
    { cohort: { exclusion: { refusals: 0, rounds: 1 } } },
  ])("from outside are refused when they are no settings: %j", (value) => {
    expect(() => parseJobChanges(value)).toThrow(expect.objectContaining({ code: "invalid_job_spec" }));
  });
});
