import { Flatten, initialise, Linear, sequential, trace } from "@tributary/nn";
import { decodeParameters, encodeParameters, type ParameterSet } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import type { Objective, TrainingWork } from "../work.js";
import { beginWith, endWith, keepsVectors, withResidual } from "./own-vectors.js";

const graph = trace(sequential(new Flatten(), new Linear(4, 3), new Linear(3, 2)), [1, 2, 2]);
const plain: Objective = { fullBatch: false, localParameters: [], keeps: [], gradientCorrection: [] };
const work = (objective: Partial<Objective>, codec?: string): TrainingWork => ({
  ...{ kind: "training", job: "job", round: 2, attempt: 1, seed: 1, deadlineMs: 1_000, graph, idle: false, codec },
  ...{ model: { digest: "", size: 0 }, countedRound: 1, countedAttempt: 1, objective: { ...plain, ...objective } },
  settings: {
    ...{ epochs: 1, maxBatches: 0, batchSize: 10, learningRate: 0.1 },
    loss: { name: "cross-entropy" },
    optimizer: { name: "sgd" },
  },
});
const global = initialise(graph, 1);
const plus = (set: ParameterSet, by: number): ParameterSet =>
  set.map((parameter) => ({ ...parameter, values: parameter.values.map((value) => value + by) }));
const bytes = encodeParameters;
const values = (set: Uint8Array | ParameterSet, name: string) =>
  (set instanceof Uint8Array ? decodeParameters(set) : set).find((parameter) => parameter.name === name)?.values;

describe("a worker's own vectors", () => {
  it("are none where neither strategy nor codec asks for any, and nothing is decoded then", () => {
    const [model, trained] = [Uint8Array.of(1), Uint8Array.of(2)];
    expect(keepsVectors(work({}))).toBe(false);
    expect(beginWith(work({}), model, undefined)).toEqual({ model, correction: undefined, residual: undefined });
    expect(endWith(work({}), model, trained, undefined)).toEqual({ update: trained, kept: [] });
  });

  it("hold the parameters that stay: training begins with them, and the global ones are sent in their place", () => {
    const personal = work({ localParameters: ["2.*"] });
    const first = endWith(personal, bytes(global), bytes(plus(global, 1)), undefined);
    expect(values(first.update, "2.weight")).toEqual(values(global, "2.weight"));
    expect(values(first.update, "1.weight")).toEqual(values(plus(global, 1), "1.weight"));
    const { model } = beginWith(personal, bytes(plus(global, 5)), first.kept);
    expect(values(model, "2.weight")).toEqual(values(plus(global, 1), "2.weight"));
    expect(values(model, "1.weight")).toEqual(values(plus(global, 5), "1.weight"));
  });

  it("hold FedDyn's gradient of the local loss, which is taken off each step (Acar et al. 2021, algorithm 1)", () => {
    const dynamic = work({
      ...{ keeps: ["g"], gradientCorrection: [{ vector: "g", scale: -1 }], afterTraining: { alpha: 0.5 } },
    });
    expect(beginWith(dynamic, bytes(global), undefined).correction).toBeUndefined();
    // g1 = 0 - 0.5 * 2, g2 = g1 - 0.5 * 4.
    const first = endWith(dynamic, bytes(global), bytes(plus(global, 2)), undefined);
    const second = endWith(dynamic, bytes(global), bytes(plus(global, 4)), first.kept);
    for (const [kept, expected] of [
      [first.kept, -1],
      [second.kept, -3],
    ] as const) {
      for (const value of values(kept, "g/1.weight") ?? []) expect(value).toBeCloseTo(expected, 5);
      const { correction = new Uint8Array() } = beginWith(dynamic, bytes(global), kept);
      for (const value of values(correction, "2.bias") ?? []) expect(value).toBeCloseTo(-expected, 5);
    }
  });

  it("hold what the codec lost", () => {
    const lost = plus(global, 3);
    const kept = withResidual([], lost);
    expect(beginWith(work({}, "delta | sign"), bytes(global), kept).residual).toEqual(lost);
  });

  it("of another network are refused", () => {
    const other = [{ name: "local/2.weight", shape: [1], values: Float32Array.of(1) }];
    expect(() => beginWith(work({ localParameters: ["2.*"] }), bytes(global), other)).toThrow(
      expect.objectContaining({ code: "parameters_mismatch" }),
    );
  });
});
