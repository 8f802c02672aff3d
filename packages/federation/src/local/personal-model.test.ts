import { Flatten, initialise, Linear, sequential, trace } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { strategyWith } from "../testing/rounds.js";
import { correctedGradient } from "./corrected-gradient.js";
import { beginWith, endWith, type KeepingWork, keepsVectors, personalModelIn } from "./own-vectors.js";

const graph = trace(sequential(new Flatten(), new Linear(4, 3)), [1, 2, 2]);
const global = initialise(graph, 1);
const plus = (set: ParameterSet, by: number): ParameterSet =>
  set.map((parameter) => ({ ...parameter, values: parameter.values.map((value) => value + by) }));
const valuesOf = (set: ParameterSet | undefined) => set?.find(({ name }) => name === "1.bias")?.values ?? [];
const work: KeepingWork = { graph, objective: strategyWith({ kind: "ditto", lambda: 0.5 }).objective };
const training = { parameters: plus(global, 1), steps: 1, learningRate: 1, momentum: 0 };

describe("a worker's own model", () => {
  it("begins as the global one, and then as what the worker made of its own", () => {
    expect(keepsVectors(work)).toBe(true);
    const first = beginWith(work, { global, own: undefined });
    expect(first).toMatchObject({ model: global, personal: { model: global, correction: [] } });
    const { update, kept } = endWith(work, { global, own: undefined }, { ...training, personal: plus(global, 7) });
    // What is sent is the global model that was trained.
    expect(update).toBe(training.parameters);
    expect(personalModelIn(kept)).toEqual(plus(global, 7));
    const next = beginWith(work, { global: plus(global, 2), own: kept });
    expect(valuesOf(next.model)).toEqual(valuesOf(plus(global, 2)));
    expect(valuesOf(next.personal?.model)).toEqual(valuesOf(plus(global, 7)));
  });

  it("steps with ∇F(v) + λ·(v − w), wherever it began (Li et al. 2021, algorithm 1)", () => {
    const { kept } = endWith(work, { global, own: undefined }, { ...training, personal: plus(global, 7) });
    const { personal } = beginWith(work, { global, own: kept });
    const [began, w] = [Float32Array.from(valuesOf(personal?.model)), Float32Array.from(valuesOf(global))];
    const v = began.map((value) => value + 2);
    // The engine draws towards what training began with, and adds the correction.
    const stepped = correctedGradient(
      new Float32Array(v.length).fill(3),
      { proximalMu: 0.5, gradientCorrection: [{ vector: "own", scale: 1 }] },
      { parameters: v, before: began, vectors: { own: Float32Array.from(valuesOf(personal?.correction)) } },
    );
    for (const [index, value] of stepped.entries())
      expect(value).toBeCloseTo(3 + 0.5 * ((v[index] ?? Number.NaN) - (w[index] ?? Number.NaN)), 5);
  });

  it("is none where nothing was trained", () => {
    const { kept } = endWith(work, { global, own: undefined }, training);
    expect(personalModelIn(kept)).toBeUndefined();
  });

  it("of another network is refused", () => {
    const own = [{ name: "personal/1.bias", shape: [1], values: Float32Array.of(1) }];
    expect(() => beginWith(work, { global, own })).toThrow(expect.objectContaining({ code: "parameters_mismatch" }));
  });
});
