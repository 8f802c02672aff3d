import { BatchNorm1d, decodeSafetensors, Flatten, freeze, initialise, Linear, sequential, trace } from "@tributary/nn";
import type { Parameter } from "@tributary/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Training } from "../testing/peer.js";

/** Frozen: "0.1", whose values are mostly finer than the grid of the mean. Buffers: the running ones of "1". */
const graph = trace(
  sequential(new Flatten(), freeze(new Linear(784, 6)), new BatchNorm1d(6), new Linear(6, 10)),
  [1, 28, 28],
);
const tiny = {
  ...graph,
  parameters: graph.parameters.map((parameter) =>
    parameter.name === "1.weight"
      ? { ...parameter, initialiser: { rule: "uniform", bound: 1e-9 } as const }
      : parameter,
  ),
};
const isFrozen = (name: string) => name.startsWith("1.");

/** Moves every value, the frozen ones too: a worker may send what it likes. */
const moved =
  (by: number): Training =>
  (parameters) =>
    parameters.map((parameter): Parameter => ({ ...parameter, values: parameter.values.map((value) => value + by) }));

const bits = ({ values }: Parameter) => [...new Uint32Array(values.buffer, values.byteOffset, values.length)];

describe("the next global model", () => {
  let coordinator: LocalCoordinator;
  beforeAll(async () => {
    coordinator = await LocalCoordinator.start();
    await coordinator.join("alice", { samples: 100, train: moved(0.5) });
    await coordinator.join("bob", { samples: 300, train: moved(-0.25) });
  });
  afterAll(() => coordinator[Symbol.asyncDispose]());

  const modelOf = async (id: string) => {
    const response = await fetch(`${coordinator.url}/v1/jobs/${id}/models/latest.safetensors`, {
      headers: { authorization: `Bearer ${coordinator.tokens.admin}` },
    });
    return decodeSafetensors(new Uint8Array(await response.arrayBuffer()));
  };
  const job = { model: { graph: { ...tiny } }, dataset: "mnist", rounds: 2, evaluation: { every: 0 } };

  it("keeps frozen parameters bit for bit, and is the weighted mean of all others, buffers too", async () => {
    const id = await coordinator.submit({ ...job, cohort: { minimum: 2 } });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const initial = initialise(tiny, 1);
    const model = await modelOf(id);
    expect(model.map(({ name }) => name)).toEqual(tiny.parameters.map(({ name }) => name));
    for (const [place, parameter] of model.entries()) {
      const before = initial[place];
      if (before === undefined) throw new Error(parameter.name);
      if (isFrozen(parameter.name)) expect(bits(parameter), parameter.name).toEqual(bits(before));
      // Twice (100 * 0.5 - 300 * 0.25) / 400.
      else
        for (const [index, value] of parameter.values.entries())
          expect(value - (before.values[index] ?? Number.NaN), parameter.name).toBeCloseTo(-0.125, 6);
    }
    expect(model.filter(({ name }) => isFrozen(name))).toHaveLength(2);
    expect(model.map(({ name }) => name)).toContain("2.running_var");
  });

  it("is not made of an update that has NaN in a buffer, or in a frozen parameter", async () => {
    const spoiled =
      (name: string): Training =>
      (parameters) =>
        parameters.map((parameter) =>
          parameter.name === name ? { ...parameter, values: parameter.values.map(() => Number.NaN) } : parameter,
        );
    await coordinator.join("carl", { train: spoiled("2.running_var") });
    await coordinator.join("dora", { train: spoiled("1.bias") });
    const id = await coordinator.submit({ ...job, rounds: 1, cohort: { minimum: 4 } });
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed" });
    const [round] = await coordinator.rounds(id);
    const refusals = [...(round?.refusals ?? [])].sort((a, b) => (a.worker < b.worker ? -1 : 1));
    expect(refusals).toMatchObject([
      { worker: "carl", code: "update_not_finite", message: "2.running_var[0] is NaN" },
      { worker: "dora", code: "update_not_finite", message: "1.bias[0] is NaN" },
    ]);
    for (const { values } of await modelOf(id)) expect(values.every(Number.isFinite)).toBe(true);
  });
});
