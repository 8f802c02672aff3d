import { Flatten, initialise, Linear, sequential, trace } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import type { LocalObjective } from "../strategies/objective.js";
import { beginWith, endWith, type KeepingWork, keepsVectors, withResidual } from "./own-vectors.js";

const graph = trace(sequential(new Flatten(), new Linear(4, 3), new Linear(3, 2)), [1, 2, 2]);
const work = (objective: LocalObjective, codec?: string): KeepingWork => ({ graph, codec, objective });
const global = initialise(graph, 1);
const plus = (set: ParameterSet, by: number): ParameterSet =>
  set.map((parameter) => ({ ...parameter, values: parameter.values.map((value) => value + by) }));
const values = (set: ParameterSet, name: string) => set.find((parameter) => parameter.name === name)?.values;

describe("a worker's own vectors", () => {
  it("are none where neither strategy nor codec asks for any: model and update are what came", () => {
    const [given, trained] = [{ global, own: undefined }, plus(global, 1)];
    expect(keepsVectors(work({}))).toBe(false);
    const beginning = beginWith(work({}), given);
    expect(beginning).toEqual({ model: global, correction: undefined, residual: undefined });
    expect(beginning.model).toBe(global);
    expect(endWith(work({}), given, trained)).toEqual({ update: trained, kept: [] });
  });

  it("hold the parameters that stay: training begins with them, and the global ones are sent in their place", () => {
    const personal = work({ localParameters: ["2.*"] });
    const first = endWith(personal, { global, own: undefined }, plus(global, 1));
    expect(values(first.update, "2.weight")).toEqual(values(global, "2.weight"));
    expect(values(first.update, "1.weight")).toEqual(values(plus(global, 1), "1.weight"));
    const { model } = beginWith(personal, { global: plus(global, 5), own: first.kept });
    expect(values(model, "2.weight")).toEqual(values(plus(global, 1), "2.weight"));
    expect(values(model, "1.weight")).toEqual(values(plus(global, 5), "1.weight"));
  });

  it("hold FedDyn's gradient of the local loss, which is taken off each step (Acar et al. 2021, algorithm 1)", () => {
    const dynamic = work({
      ...{
        keeps: ["g"],
        gradientCorrection: [{ vector: "g", scale: -1 }],
        afterTraining: { rule: "feddyn", alpha: 0.5 },
      },
    });
    expect(beginWith(dynamic, { global, own: undefined }).correction).toBeUndefined();
    // g1 = 0 - 0.5 * 2, g2 = g1 - 0.5 * 4.
    const first = endWith(dynamic, { global, own: undefined }, plus(global, 2));
    const second = endWith(dynamic, { global, own: first.kept }, plus(global, 4));
    for (const [kept, expected] of [
      [first.kept, -1],
      [second.kept, -3],
    ] as const) {
      for (const value of values(kept, "g/1.weight") ?? []) expect(value).toBeCloseTo(expected, 5);
      const { correction = [] } = beginWith(dynamic, { global, own: kept });
      for (const value of values(correction, "2.bias") ?? []) expect(value).toBeCloseTo(-expected, 5);
    }
  });

  it("hold what the codec lost", () => {
    const lost = plus(global, 3);
    const kept = withResidual([], lost);
    expect(beginWith(work({}, "delta | sign"), { global, own: kept }).residual).toEqual(lost);
  });

  it("of another network are refused", () => {
    const other = [{ name: "local/2.weight", shape: [1], values: Float32Array.of(1) }];
    expect(() => beginWith(work({ localParameters: ["2.*"] }), { global, own: other })).toThrow(
      expect.objectContaining({ code: "parameters_mismatch" }),
    );
  });
});
