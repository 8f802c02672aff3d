import { describe, expect, it } from "vitest";
import { rowOf, timeLeft } from "./round-row.js";
import { roundView } from "./testing/views.js";

const rows = (...numbers: readonly number[]) => numbers.map((number) => rowOf(roundView(number)));
const underWay = rowOf(
  roundView(4, {
    status: "training",
    timings: { trainingMs: null, aggregationMs: null, evaluationMs: null, totalMs: null },
  }),
);
const quick = { trainingMs: 1, aggregationMs: 1, evaluationMs: 1, totalMs: 500 };

describe("the time that a job takes yet", () => {
  it("is not known before a round is finished", () => {
    expect(timeLeft([], 20)).toBeNull();
    expect(timeLeft([underWay], 20)).toBeNull();
  });

  it("is that of the rounds to come, each as long as the last ones were", () => {
    expect(timeLeft([...rows(1, 2, 3), underWay], 20)).toBe(17 * 2_000);
    const later = Array.from({ length: 10 }, (_, at) => rowOf(roundView(4 + at, { timings: quick })));
    expect(timeLeft([...rows(1, 2, 3), ...later], 20)).toBe(7 * 500);
  });

  it("is nothing after the last round, also when there are fewer than were meant", () => {
    expect(timeLeft(rows(1, 2, 3), 3)).toBe(0);
    expect(timeLeft(rows(1, 2, 3), 2)).toBe(0);
  });
});

describe("what is kept of a round", () => {
  it("has what an evaluator says, else what workers do", () => {
    expect(rowOf(roundView(3))).toMatchObject({ accuracy: 0.75, loss: 1 / 3 });
    const spread = { mean: 0.4, deviation: 0, minimum: 0, maximum: 1, worst: 0 };
    const validation = {
      workers: [],
      summary: { workers: 2, samples: 9, loss: { ...spread, mean: 0.7 }, accuracy: spread },
    };
    expect(rowOf(roundView(3, { evaluation: null, validation }))).toMatchObject({ accuracy: 0.4, loss: 0.7 });
    expect(rowOf(roundView(3, { evaluation: null }))).toMatchObject({ accuracy: null, loss: null });
  });

  it("has the bytes of its updates, as they are and as they travelled", () => {
    const { updates } = roundView(1);
    const small = updates.map((update) => ({ ...update, sentBytes: 1_000 }));
    expect(rowOf(roundView(1, { updates: small }))).toMatchObject({ sentBytes: 2_000, updateBytes: 1_593_680 });
  });

  it("has the mean of the training losses, by samples", () => {
    expect(rowOf(roundView(1)).trainingLoss).toBe((2 * 100 + 1 * 300) / 400);
    expect(rowOf(roundView(1, { updates: [] })).trainingLoss).toBeNull();
  });
});
