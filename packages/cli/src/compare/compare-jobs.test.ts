import { describe, expect, it } from "vitest";
import { jobView, roundView } from "../testing/views.js";
import { compareJobs } from "./compare-jobs.js";

const jobOf = (id: string, rounds: number, spec?: object) => ({
  job: jobView(id, rounds, spec),
  rounds: Array.from({ length: rounds }, (_, index) => roundView(index + 1)),
});

describe("a comparison of jobs", () => {
  it("says what each came to, and when it had the accuracy that is wanted", () => {
    const { jobs } = compareJobs([jobOf("one", 4), jobOf("other", 2)], 0.03);
    expect(jobs).toMatchObject([
      { rounds: 4, accuracy: { final: 0.04, best: 0.04 }, loss: { final: 0.25, best: 0.25 }, roundsToTarget: 3 },
      { rounds: 2, accuracy: { final: 0.02 }, roundsToTarget: null, wallTimeMs: 2_000, bytesDown: 4_000 },
    ]);
  });

  it("says how many bytes a codec made of the updates", () => {
    const small = [1, 2].map((number) => {
      const round = roundView(number);
      return { ...round, updates: round.updates.map((update) => ({ ...update, sentBytes: 250 })) };
    });
    const { jobs } = compareJobs([jobOf("one", 2), { ...jobOf("other", 2), rounds: small }]);
    expect(jobs).toMatchObject([
      { sentBytes: 2_000, updateBytes: 2_000 },
      { sentBytes: 500, updateBytes: 2_000 },
    ]);
  });

  it("says how many bytes a codec made of the models", () => {
    const small = [1, 2].map((number) => {
      const { model, ...round } = roundView(number);
      return { ...round, model: model && { ...model, sentBytes: 500 } };
    });
    const { jobs } = compareJobs([jobOf("one", 2), { ...jobOf("other", 2), rounds: small }]);
    expect(jobs).toMatchObject([
      { sentModelBytes: 2_000, modelBytes: 2_000 },
      { sentModelBytes: 1_000, modelBytes: 2_000 },
    ]);
  });

  it("keeps the best of a job that got worse", () => {
    const worse = { ...jobOf("one", 3), rounds: [3, 2, 1].map((number) => roundView(number)) };
    expect(compareJobs([worse]).jobs).toMatchObject([
      { accuracy: { final: 0.01, best: 0.03 }, loss: { final: 1, best: 1 / 3 } },
    ]);
  });

  it("says whether the models are the same, byte for byte", () => {
    const { jobs } = compareJobs([jobOf("one", 3), jobOf("same", 3), jobOf("other", 2)]);
    expect(jobs.map(({ isSameModel }) => isSameModel)).toEqual([true, true, false]);
    const waiting = { job: { ...jobView("waits", 1), model: null }, rounds: [] };
    expect(compareJobs([jobOf("one", 3), waiting]).jobs[1]).toMatchObject({
      ...{ isSameModel: null, digest: null, accuracy: { final: null, best: null } },
    });
  });

  it("has a value for each job of every setting in which one of them is unlike the first", () => {
    const jobs = [jobOf("one", 3), jobOf("one", 3, { seed: 2 }), jobOf("one", 3, { cohort: { size: 2 } })];
    expect(compareJobs(jobs).differences).toEqual([
      { field: "seed", values: ["1", "2", "1"] },
      { field: "cohort.size", values: ["–", "–", "2"] },
    ]);
  });
});
