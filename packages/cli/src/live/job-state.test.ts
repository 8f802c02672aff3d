import { describe, expect, it } from "vitest";
import { JobState } from "./job-state.js";
import { jobView, roundView } from "./testing/views.js";

describe("the state of a job", () => {
  it("has the newest view of each attempt at a round, in order, whatever the order in which they came", () => {
    const state = new JobState(jobView());
    for (const [number, attempt] of [
      [2, 2],
      [1, 1],
      [3, 1],
      [2, 1],
    ] as const)
      state.take({ type: "round", data: roundView(number, { attempt, status: "training" }) });
    state.take({ type: "round", data: roundView(2, { attempt: 2, status: "finished" }) });
    expect(state.rows.map(({ number, attempt, status }) => [number, attempt, status])).toEqual([
      [1, 1, "training"],
      [2, 1, "training"],
      [2, 2, "finished"],
      [3, 1, "training"],
    ]);
  });

  it("has the newest view of the job", () => {
    const state = new JobState(jobView());
    state.take({ type: "job", data: jobView({ status: "paused" }) });
    expect(state.job.status).toBe("paused");
  });
});
