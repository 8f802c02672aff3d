import { checkJobSpec } from "@tributary/federation";
import { describe, expect, it } from "vitest";
import { objectiveOf } from "./assignments.js";

describe("what an assignment asks of training", () => {
  const nothing = {
    ...{ fullBatch: false, localParameters: [], keeps: [], gradientCorrection: [] },
    ...{ sends: [], returns: [] },
  };

  it.each<[object, object]>([
    [{ kind: "fedavg" }, nothing],
    [
      { kind: "fedprox", mu: 0.25 },
      { ...nothing, proximalMu: 0.25 },
    ],
    [{ kind: "fedsgd" }, { ...nothing, fullBatch: true, localSteps: 1 }],
    [
      { kind: "fedper", localParameters: ["fc2.*"] },
      { ...nothing, localParameters: ["fc2.*"] },
    ],
    [
      { kind: "feddyn", alpha: 0.5 },
      {
        ...{ ...nothing, proximalMu: 0.5, keeps: ["localGradient"], afterTraining: { rule: "feddyn", alpha: 0.5 } },
        gradientCorrection: [{ vector: "localGradient", scale: -1 }],
      },
    ],
    [
      { kind: "ditto", lambda: 0.5, personalEpochs: 2 },
      { ...nothing, personal: { lambda: 0.5, epochs: 2 } },
    ],
    [
      { kind: "scaffold" },
      {
        ...{ ...nothing, sends: ["control"], keeps: ["localControl"], returns: ["controlChange"] },
        gradientCorrection: [
          { vector: "control", scale: 1 },
          { vector: "localControl", scale: -1 },
        ],
        afterTraining: { rule: "scaffold" },
      },
    ],
  ])("is what its strategy does: %j", (strategy, objective) => {
    expect(objectiveOf(checkJobSpec({ model: "lenet5", dataset: "mnist", strategy }))).toEqual(objective);
  });
});
