import type { Behaviour, SimulatedRound } from "@tributary/simulation";
import { describe, expect, it } from "vitest";
import { idle, plane, run, shards } from "./testing/plane.js";

describe("an asynchronous job", () => {
  const everyone = (behaviour: Behaviour) => new Map(shards.map(({ name }) => [name, behaviour]));

  it("counts updates by their age: FedBuff with workers that are equally fast", async () => {
    const behaviours = everyone({ send: (trained) => trained.map((value) => value + 1) });
    const job = { ...idle, rounds: 5, strategy: { kind: "fedbuff", bufferSize: 2 } } as const;
    const { model, rounds, virtualMs } = await run(job, { behaviours, trainingDuration: { median: 10, sigma: 0 } });
    const { model: initial } = await run({ ...idle, rounds: 1 });
    // After ten seconds three pairs come, of ages 0, 1 and 2. The first of a pair is given the newest version before its update is
    // part of one, the second after that: versions 1 and 1, 1 and 2, 2 and 3. So the ages are then 2 and 2, 3 and 2.
    const s = (age: number) => 1 / Math.sqrt(1 + age);
    const sum = s(0) + s(1) + s(2) + s(2) + (s(3) + s(2)) / 2;
    for (const [at, { values }] of model.parameters.entries())
      for (const [place, value] of values.entries())
        expect(value - (initial.parameters[at]?.values[place] ?? Number.NaN)).toBeCloseTo(sum, 5);
    expect(rounds.map((round) => [round.updates, round.virtualMs])).toEqual([
      ...Array.from({ length: 3 }, () => [2, 10_000]),
      ...Array.from({ length: 2 }, () => [2, 20_000]),
    ]);
    expect(virtualMs).toBe(20_000);
  });

  it("mixes an old update in less: FedAsync", async () => {
    const behaviours = everyone({ send: (trained) => trained.map((value) => value + 1) });
    const strategy = { kind: "fedasync", alpha: 0.5 } as const;
    const { model } = await run(
      { ...idle, rounds: 2, strategy },
      { behaviours, trainingDuration: { median: 1, sigma: 0 } },
    );
    const { model: initial } = await run({ ...idle, rounds: 1 });
    const s = 0.5 / Math.sqrt(2);
    for (const [at, { values }] of model.parameters.entries())
      for (const [place, value] of values.entries())
        expect(value - (initial.parameters[at]?.values[place] ?? Number.NaN)).toBeCloseTo((1 - s) * 0.5 + s, 5);
  });

  it("is the same on one engine and on several, and takes less virtual time than one whose rounds wait", async () => {
    const training = { batchSize: 20, learningRate: 0.1 };
    const trainingDuration = { median: 60, sigma: 1 };
    const evaluation = { every: 0 };
    const buffered = { rounds: 8, training, evaluation, strategy: { kind: "fedbuff", bufferSize: 3 } } as const;
    const [one, other] = [
      await run(buffered, { trainingDuration, engines: 1 }),
      await run(buffered, { trainingDuration, engines: 3 }),
    ];
    expect([other.model.digest, other.virtualMs]).toEqual([one.model.digest, one.virtualMs]);
    const waiting = await run(
      { rounds: 4, training, evaluation, cohort: { deadlineSeconds: 10_000 } },
      { trainingDuration },
    );
    const uploads = (rounds: readonly SimulatedRound[]) => rounds.reduce((sum, { updates }) => sum + updates, 0);
    expect(uploads(waiting.rounds)).toBe(uploads(one.rounds));
    expect(one.virtualMs).toBeLessThan(waiting.virtualMs / 1.5);
  });

  it("gives workers up that do not answer, and goes on with the others", async () => {
    const job = { ...idle, rounds: 6, strategy: { kind: "fedbuff", bufferSize: 2 } } as const;
    const { outcome, virtualMs } = await run(
      { ...job, cohort: { size: 2, deadlineSeconds: 30 } },
      { behaviours: new Map([["worker-0", { epochs: () => 0 }]]), trainingDuration: { median: 10, sigma: 0 } },
    );
    expect(outcome).toEqual({ kind: "completed", reason: "rounds" });
    expect(virtualMs).toBeGreaterThanOrEqual(60_000);
  });

  it("scores its models, and stops when they are good enough", async () => {
    const { outcome, rounds } = await run(
      {
        ...{ rounds: 60, training: { batchSize: 20, learningRate: 0.1 }, stop: { accuracy: 0.99 } },
        strategy: { kind: "fedbuff", bufferSize: 2 },
      },
      { heldOut: plane, trainingDuration: { median: 10, sigma: 0.5 } },
    );
    expect(outcome).toEqual({ kind: "completed", reason: "accuracy" });
    expect(rounds.at(-1)?.evaluation?.accuracy).toBeGreaterThanOrEqual(0.99);
  });
});
