import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { strategies, wrappers } from "./strategies.js";
import { holdsStrategyContract } from "./strategy.contract.js";

describe("every strategy of the list", () => {
  for (const { kind, example } of [...strategies, ...wrappers]) holdsStrategyContract({ kind, ...example });

  // Its weights are equal by default.
  holdsStrategyContract({ kind: "geometric-median", weighting: "samples" });

  it("has a name of its own", () => {
    const kinds = [...strategies, ...wrappers].map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it("is FedAvg, weighted by samples, where nothing is said", () => {
    const of = (strategy: unknown) => checkJobSpec({ model: "lenet5", dataset: "mnist", strategy }).strategy;
    const standard = { kind: "fedavg", weighting: "samples" };
    expect([of(undefined), of({}), of({ weighting: "samples" })]).toEqual([standard, standard, standard]);
  });
});
