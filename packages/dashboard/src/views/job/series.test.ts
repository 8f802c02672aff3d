import {
  type EvaluationView,
  type JobSeries,
  type RoundView,
  type UpdateView,
  validationView,
} from "@tributary/federation";
import { describe, expect, it } from "vitest";
import type { Line } from "../../ui/chart.js";
import { globalPoints, workerLines } from "./series.js";
import { workersInOrder } from "./series-workers.js";

const evaluation = (accuracy: number, subject = ""): EvaluationView => ({
  ...{ subject, evaluator: "judge", samples: 10, loss: 1 - accuracy, accuracy, confusion: [] },
});
const update = (worker: string, accuracy: number): UpdateView => ({
  ...{ worker, digest: "", size: 1, sentBytes: 1, samples: 1, loss: 1 - accuracy, accuracy, batches: 1 },
  ...{ samplesSeen: 1, downloadMs: 0, trainMs: 0, uploadMs: 0 },
});
const round = (number: number, more: Partial<RoundView>): RoundView => ({
  ...{ number, attempt: 1, status: "finished", cohort: [], bytesDown: 0, bytesUp: 0, updates: [], refusals: [] },
  ...{ startedAt: at(10 * number - 10), finishedAt: at(10 * number), model: null, evaluation: null },
  timings: { trainingMs: 1, aggregationMs: 1, evaluationMs: 1, totalMs: 3 },
  ...{ updateEvaluations: [], validation: null, personalisation: null },
  ...more,
});
const each = ({ label, points }: Line) => [label, points];
const at = (seconds: number) => new Date(1_000 * seconds).toISOString();
const series: JobSeries = {
  ...{ through: 1, attempts: 1, bytesDown: 0, bytesUp: 0, bestAccuracy: 0.5, workers: [] },
  lines: [
    { subject: "", metric: "accuracy", points: [[1, 10, 0.5]] },
    { subject: "", metric: "loss", points: [[1, 10, 0.25]] },
    { subject: "alice", metric: "accuracy", points: [[1, 10, 0.3]] },
    { subject: "bob", metric: "accuracy", points: [[1, 10, 0.2]] },
  ],
};

describe("the lines of a job", () => {
  const rounds = [
    // It is in the series, too.
    round(1, { evaluation: evaluation(0.5), updates: [update("bob", 0.2), update("alice", 0.3)] }),
    round(2, { updates: [update("alice", 0.4)], updateEvaluations: [evaluation(0.45, "alice")] }),
    round(3, { evaluation: evaluation(0.4) }),
  ];
  const known = { job: { startedAt: at(0) }, series, rounds };

  it("have the global model where it was scored, over rounds and over seconds, each round once", () => {
    expect(globalPoints(known, "accuracy", "rounds")).toEqual([
      [1, 0.5],
      [3, 0.4],
    ]);
    expect(globalPoints(known, "loss", "time")).toEqual([
      [10, 0.25],
      [30, 0.6],
    ]);
  });

  it("have each worker, as it was scored or else as it said", () => {
    expect(workerLines(known, "accuracy", "rounds", ["alice", "bob"]).map(each)).toEqual([
      [
        "alice",
        [
          [1, 0.3],
          [2, 0.45],
        ],
      ],
      ["bob", [[1, 0.2]]],
    ]);
  });

  it("are of those who are asked for, also of one that has sent nothing", () => {
    expect(workerLines(known, "accuracy", "rounds", ["carol", "bob"]).map(each)).toEqual([
      ["carol", []],
      ["bob", [[1, 0.2]]],
    ]);
  });

  it("have the mean of the workers' scores where no evaluator was, once the round is over", () => {
    const validation = validationView([
      { worker: "alice", samples: 20, loss: 1, accuracy: 0.5 },
      { worker: "bob", samples: 60, loss: 1, accuracy: 0.7 },
    ]);
    const scored = [
      round(2, { validation }),
      round(3, { validation, evaluation: evaluation(0.4) }),
      round(4, { validation, finishedAt: null }),
    ];
    expect(globalPoints({ ...known, rounds: scored }, "accuracy", "rounds")).toEqual([
      [1, 0.5],
      [2, expect.closeTo(0.65)],
      [3, 0.4],
    ]);
  });
});

describe("the workers of a job", () => {
  const rounds = [
    round(2, { updates: [update("bob", 0.9), update("alice", 0.4)] }),
    round(3, { updates: [update("alice", 0.5)], updateEvaluations: [evaluation(0.3, "alice")] }),
  ];
  const worst = { part: "", order: "worst" } as const;

  it("come by name, or with the highest loss of a newest update first", () => {
    const known = { series, rounds };
    expect(workersInOrder(known, [], { part: "", order: "name" })).toEqual(["alice", "bob"]);
    expect(workersInOrder(known, [], worst)).toEqual(["alice", "bob"]);
    const better = [...rounds, round(4, { updates: [update("alice", 0.95)] })];
    expect(workersInOrder({ series, rounds: better }, [], worst)).toEqual(["bob", "alice"]);
  });

  it("keep the places that the coordinator's list gives them while rounds come, new ones last", () => {
    const listed = [
      { name: "bob", loss: 2 },
      { name: "alice", loss: 1 },
      { name: "carol", loss: null },
      { name: "dave", loss: 3 },
    ];
    const more = [...rounds, round(4, { updates: [update("erin", 0)] })];
    expect(workersInOrder({ series, rounds: more }, listed, worst)).toEqual(["dave", "bob", "alice", "carol", "erin"]);
  });

  it("are found by parts of their names", () => {
    const listed = ["site-1", "site-2", "Lab-1"].map((name) => ({ name, loss: 1 }));
    const found = (part: string) => workersInOrder({ series, rounds: [] }, listed, { part, order: "name" });
    expect(found("lab")).toEqual(["Lab-1"]);
    expect(found(" site-2, lab,")).toEqual(["Lab-1", "site-2"]);
    expect(found("nobody")).toEqual([]);
    expect(found(" , ")).toHaveLength(3);
  });
});
