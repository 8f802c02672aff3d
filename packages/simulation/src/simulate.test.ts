import type { JobSpecInput } from "@tributary/federation";
import type { ParameterSet } from "@tributary/protocol";
import { type SimulationOptions, virtualShards } from "@tributary/simulation";
import { describe, expect, it } from "vitest";
import { COUNT, idle, placesOf, plane, run, shards, whole } from "./testing/plane.js";

describe("a simulated job", () => {
  it("trains, is scored, and ends when the accuracy is reached", async () => {
    const told: number[] = [];
    const { outcome, rounds, model, backend, virtualMs } = await run(
      { rounds: 50, training: { batchSize: 20, learningRate: 0.1 }, stop: { accuracy: 0.99 } },
      { heldOut: plane, onRound: ({ round }) => told.push(round) },
    );
    expect(outcome).toEqual({ kind: "completed", reason: "accuracy" });
    expect(rounds.length).toBeLessThan(50);
    expect(told).toEqual(rounds.map(({ round }) => round));
    const last = rounds.at(-1);
    expect(last).toMatchObject({ cohort: 6, updates: 6, refusals: [], digest: model.digest });
    expect(last?.evaluation).toMatchObject({ samples: COUNT });
    expect(last?.evaluation?.accuracy).toBeGreaterThanOrEqual(0.99);
    expect(last?.loss).toBeLessThan(rounds[0]?.loss ?? 0);
    expect([model.round, backend, virtualMs]).toEqual([rounds.length, "wasm", 0]);
  });

  it("scores each worker's update where the job wants it", async () => {
    const { rounds } = await run(
      { rounds: 1, training: { maxBatches: 1 }, cohort: { size: 2 }, evaluation: { updates: true } },
      { heldOut: plane },
    );
    expect(rounds[0]?.updateEvaluations.map(({ subject }) => subject)).toHaveLength(2);
    expect(rounds[0]?.evaluation?.subject).toBe("");
  });

  it("scores the updates of a round that only its bytes make the last", async () => {
    const job = { rounds: 50, training: { maxBatches: 1 }, cohort: { size: 2 } };
    const [first] = (await run({ ...job, rounds: 1 })).rounds;
    // The first round takes two models, two updates, and three more for their scores.
    const budgetBytes = 4 * (first?.updateBytes ?? 0);
    const { outcome, rounds } = await run(
      { ...job, evaluation: { every: 10, updates: true }, stop: { budgetBytes } },
      { heldOut: plane },
    );
    expect(outcome).toEqual({ kind: "completed", reason: "budgetBytes" });
    expect(rounds.map(({ evaluation, updateEvaluations }) => [evaluation?.subject, updateEvaluations.length])).toEqual([
      ["", 2],
      ["", 2],
    ]);
  });

  it("says what its models travel as, and what they are", async () => {
    const job = { ...idle, rounds: 2, cohort: { size: 3 } };
    const { rounds: small } = await run({ ...job, codec: { model: "float16" } });
    const { rounds: asTheyAre } = await run(job);
    for (const { modelBytes, sentModelBytes, bytesDown } of asTheyAre)
      expect([sentModelBytes, bytesDown]).toEqual([modelBytes, 3 * modelBytes]);
    for (const { modelBytes, sentModelBytes, bytesDown } of small) {
      expect([modelBytes, bytesDown]).toEqual([asTheyAre[0]?.modelBytes, 3 * sentModelBytes]);
      expect(sentModelBytes).toBeLessThan(modelBytes);
    }
  });

  it("stands still with its reason when training makes no update that passes admission", async () => {
    const { outcome, rounds, model } = await run({
      rounds: 2,
      training: { learningRate: 1000, epochs: 20, loss: "mse" },
      admission: { maxAbs: 10 },
      cohort: { quorum: 4, maxAttempts: 2 },
    });
    expect(outcome).toMatchObject({
      kind: "paused",
      reason: expect.stringMatching(/^round 1: too few updates passed admission \(0 of 4\) in 2 attempts$/),
    });
    expect([rounds.length, model.round]).toEqual([0, 0]);
  });

  it("is cancelled in the middle of a round, and keeps the model that it has", async () => {
    const stop = new AbortController();
    const { outcome, rounds, model } = await run(
      { rounds: 3, training: { batchSize: 1, maxBatches: 300 }, evaluation: { every: 0 } },
      { signal: stop.signal, onRound: () => setTimeout(() => stop.abort(), 20) },
    );
    expect(outcome).toEqual({ kind: "cancelled" });
    expect([rounds.length, model.round]).toEqual([1, 1]);
    expect(model.digest).toBe(rounds[0]?.digest);
  });
});

describe("models of the workers' own", () => {
  const job = { rounds: 3, training: { batchSize: 5, learningRate: 0.1 }, evaluation: { every: 0 } } as const;
  const farthest = (parameters: ParameterSet, others: ParameterSet) =>
    Math.max(
      ...parameters.flatMap(({ values }, place) =>
        [...values].map((value, index) => Math.abs(value - (others[place]?.values[index] ?? Number.NaN))),
      ),
    );

  it("are nearer to the global one where they are drawn to it more, and change no byte of it", async () => {
    const [plain, free, drawn] = [
      await run(job),
      await run({ ...job, strategy: { kind: "ditto", lambda: 0, personalEpochs: 8 } }),
      await run({ ...job, strategy: { kind: "ditto", lambda: 5, personalEpochs: 8 } }),
    ];
    expect([free.model.digest, drawn.model.digest]).toEqual([plain.model.digest, plain.model.digest]);
    expect([plain.personal.size, free.personal.size]).toEqual([0, 6]);
    for (const [name, model] of free.personal) {
      const far = farthest(model, plain.model.parameters);
      expect(farthest(drawn.personal.get(name) ?? [], plain.model.parameters)).toBeLessThan(far / 2);
    }
  });
});

describe("a cohort", () => {
  it("takes so many updates as are wanted of more that are asked", async () => {
    const { rounds } = await run({ ...idle, rounds: 4, cohort: { size: 3, overSelection: 2 } });
    expect(rounds.map(({ cohort, updates }) => [cohort, updates])).toEqual(Array(4).fill([6, 3]));
    expect(placesOf(rounds)).toEqual([1, 2, 3, 4].map((round) => [round, 1]));
  });

  it.each<NonNullable<JobSpecInput["cohort"]>["selection"]>([
    { kind: "samples" },
    { kind: "roundRobin" },
    { kind: "powerOfChoice", candidates: 4 },
  ])("is selected by $kind, the same in every run", async (selection) => {
    const training = { batchSize: 20 };
    const job = { training, rounds: 4, evaluation: { every: 0 }, cohort: { size: 2, ...(selection && { selection }) } };
    const digests = async () => (await run(job)).rounds.map(({ digest }) => digest);
    const first = await digests();
    expect(first).toHaveLength(4);
    expect(await digests()).toEqual(first);
    expect((await run({ ...job, cohort: { size: 2 } })).rounds.map(({ digest }) => digest)).not.toEqual(first);
  });
});

describe("what can't be simulated", () => {
  it.each<[string, Partial<JobSpecInput>, Partial<SimulationOptions>, string]>([
    ["a job for another data set", { dataset: "mnist" }, {}, "wrong_dataset"],
    ["samples that the network does not take", { model: "lenet5" }, {}, "shape_mismatch"],
    ["a job that goes on from another", { from: { job: "a", round: 1 } }, {}, "invalid_job_spec"],
    ["no engines", {}, { engines: 0 }, "invalid_request"],
    ["a chance above 1", {}, { dropout: 1.1 }, "invalid_request"],
    ["workers that take no time at all", {}, { trainingDuration: { median: 0, sigma: 1 } }, "invalid_request"],
    ["a behaviour of nobody", {}, { behaviours: new Map([["nobody", {}]]) }, "invalid_request"],
    ["two workers of one name", {}, { shards: [...shards, ...shards.slice(0, 1)] }, "invalid_request"],
    [
      "a worker with the evaluator's name",
      {},
      { shards: virtualShards(plane, whole, 1, ["(evaluator)"]) },
      "invalid_request",
    ],
  ])("%s is refused", async (_, change, options, code) => {
    await expect(run({ ...idle, ...change }, options)).rejects.toMatchObject({ code });
  });
});
