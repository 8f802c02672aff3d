import { BatchNorm1d, Flatten, freeze, initialise, Linear, sequential, trace } from "@tributary/nn";
import { elementCount, type ParameterSet } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import type { LocalObjective } from "../strategies/objective.js";
import { strategyWith } from "../testing/rounds.js";
import { beginWith, endWith, type KeepingWork, keepsVectors, withCodecState } from "./own-vectors.js";
import { partsOfVector } from "./update-layout.js";

const graph = trace(sequential(new Flatten(), new Linear(4, 3), new Linear(3, 2)), [1, 2, 2]);
const work = (objective: LocalObjective, codec?: string): KeepingWork => ({ graph, codec, objective });
const global = initialise(graph, 1);
const plus = (set: ParameterSet, by: number): ParameterSet =>
  set.map((parameter) => ({ ...parameter, values: parameter.values.map((value) => value + by) }));
const after = (parameters: ParameterSet, training = {}) => ({
  parameters,
  steps: 1,
  learningRate: 1,
  momentum: 0,
  ...training,
});
const values = (set: ParameterSet, name: string) => set.find((parameter) => parameter.name === name)?.values;

describe("a worker's own vectors", () => {
  it("are none where neither strategy nor codec asks for any: model and update are what came", () => {
    const [given, trained] = [{ global, own: undefined }, plus(global, 1)];
    expect(keepsVectors(work({}))).toBe(false);
    const beginning = beginWith(work({}), given);
    expect(beginning).toEqual({ model: global, correction: undefined, residual: undefined });
    expect(beginning.model).toBe(global);
    expect(endWith(work({}), given, after(trained))).toEqual({ update: trained, returned: [], kept: [] });
  });

  it("hold the parameters that stay: training begins with them, and the global ones are sent in their place", () => {
    const personal = work({ localParameters: ["2.*"] });
    const first = endWith(personal, { global, own: undefined }, after(plus(global, 1)));
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
    const first = endWith(dynamic, { global, own: undefined }, after(plus(global, 2)));
    const second = endWith(dynamic, { global, own: first.kept }, after(plus(global, 4)));
    for (const [kept, expected] of [
      [first.kept, -1],
      [second.kept, -3],
    ] as const) {
      for (const value of values(kept, "g/1.weight") ?? []) expect(value).toBeCloseTo(expected, 5);
      const { correction = [] } = beginWith(dynamic, { global, own: kept });
      for (const value of values(correction, "2.bias") ?? []) expect(value).toBeCloseTo(-expected, 5);
    }
  });

  it("hold SCAFFOLD's control variate, whose change is sent (Karimireddy et al. 2020, algorithm 1, option II)", () => {
    const controlled = work(strategyWith({ kind: "scaffold" }).objective);
    const constant = (vector: string, value: number) =>
      partsOfVector(vector, graph).map(({ name, shape }) => ({
        ...{ name, shape, values: new Float32Array(elementCount(shape)).fill(value) },
      }));
    const [sent, own] = [constant("control", 0.5), constant("localControl", 2)];
    // c − c_k is what each step's gradient is corrected by.
    const { correction = [] } = beginWith(controlled, { global, sent, own });
    expect(new Set(values(correction, "2.weight"))).toEqual(new Set([-1.5]));
    expect(beginWith(controlled, { global, own: undefined }).correction).toBeUndefined();
    // c_k⁺ = 2 − 0.5 + 3 / (4 · 0.5) = 3.
    const moved = after(plus(global, -3), { steps: 4, learningRate: 0.5 });
    const { update, returned, kept } = endWith(controlled, { global, sent, own }, moved);
    expect(update).toBe(moved.parameters);
    expect(returned.map(({ name }) => name)).toEqual(partsOfVector("controlChange", graph).map(({ name }) => name));
    for (const value of values(returned, "controlChange/1.bias") ?? []) expect(value).toBeCloseTo(1, 5);
    for (const value of values(kept, "localControl/1.bias") ?? []) expect(value).toBeCloseTo(3, 5);
    const still = endWith(controlled, { global, sent, own }, after(global, { steps: 0 }));
    expect([still.kept, new Set(values(still.returned, "controlChange/1.bias"))]).toEqual([own, new Set([0])]);
  });

  it.each([0, 0.5, 0.9])("hold the mean gradient also with momentum %d, round after round", (momentum) => {
    const controlled = work(strategyWith({ kind: "scaffold" }).objective);
    const [gradient, learningRate, steps] = [3, 0.125, 7];
    let own: ParameterSet | undefined;
    for (let round = 1; round <= 5; round++) {
      const given = { global, own };
      const correction = values(beginWith(controlled, given).correction ?? [], "1.bias")?.[0] ?? 0;
      let [moved, velocity] = [0, 0];
      for (let step = 0; step < steps; step++) {
        velocity = momentum * velocity + gradient + correction;
        moved -= learningRate * velocity;
      }
      own = endWith(controlled, given, after(plus(global, moved), { steps, learningRate, momentum })).kept;
      for (const value of values(own, "localControl/1.bias") ?? []) expect(value).toBeCloseTo(gradient, 4);
    }
  });

  it("have no control variate of what is frozen, and one of 0 of buffers, so that their means stay", () => {
    const mixed = trace(sequential(new Flatten(), freeze(new Linear(4, 3)), new BatchNorm1d(3)), [1, 2, 2]);
    const start = initialise(mixed, 1);
    const controlled = { ...work(strategyWith({ kind: "scaffold" }).objective), graph: mixed };
    const { returned, kept } = endWith(controlled, { global: start, own: undefined }, after(plus(start, 1)));
    expect(kept.map(({ name }) => name)).toEqual(["localControl/2.weight", "localControl/2.bias"]);
    expect(returned.map(({ name, values: [first] }) => [name, first])).toEqual([
      ["controlChange/2.weight", expect.closeTo(-1, 5)],
      ["controlChange/2.bias", expect.closeTo(-1, 5)],
      ["controlChange/2.running_mean", 0],
      ["controlChange/2.running_var", 0],
    ]);
  });

  it("hold what the codec lost, and what it came to", () => {
    const ofCodec = {
      residual: plus(global, 3),
      warmStart: [{ name: "1.weight", shape: [1, 4], values: new Float32Array(4) }],
    };
    const own = withCodecState([], ofCodec);
    expect(beginWith(work({}, "delta | powersgd(1)"), { global, own })).toMatchObject(ofCodec);
    const without = withCodecState([], { ...ofCodec, residual: undefined });
    expect(beginWith(work({}, "delta | powersgd(1)"), { global, own: without })).toMatchObject({
      ...ofCodec,
      residual: [],
    });
  });

  it("of another network are refused", () => {
    const other = [{ name: "local/2.weight", shape: [1], values: Float32Array.of(1) }];
    expect(() => beginWith(work({ localParameters: ["2.*"] }), { global, own: other })).toThrow(
      expect.objectContaining({ code: "parameters_mismatch" }),
    );
  });
});
