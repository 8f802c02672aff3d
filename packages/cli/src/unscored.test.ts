import { checkJobSpec } from "@tributary/federation";
import { expect, it } from "vitest";
import { rulesWithoutScores } from "./unscored.js";

const job = (change: object) => checkJobSpec({ model: "logistic", dataset: "mnist", rounds: 2, ...change });
const stop = { accuracy: 0.9, loss: 0.1, patience: { rounds: 2 }, budgetBytes: 1_000 };

it("names what waits for scores where nobody scores the model", () => {
  expect(rulesWithoutScores(job({ stop }), false)).toEqual(["stop.accuracy", "stop.loss", "stop.patience"]);
  expect(rulesWithoutScores(job({ stop: { patience: { rounds: 2 } } }), false)).toEqual(["stop.patience"]);
});

it("names nothing where somebody does, or nothing waits for it", () => {
  expect(rulesWithoutScores(job({ stop }), true)).toEqual([]);
  expect(rulesWithoutScores(job({ stop, evaluation: { workers: {} } }), false)).toEqual([]);
  expect(rulesWithoutScores(job({ stop: { budgetBytes: 1_000 } }), false)).toEqual([]);
});
