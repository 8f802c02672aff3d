// Engines run the built package, so that their threads are loaded as installed ones are.
import type { Dataset } from "@tributary/data";
import { checkJobSpec, type JobSpecInput } from "@tributary/federation";
import { Linear, sequential, trace } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import {
  type Behaviour,
  type SimulatedRound,
  type SimulationOptions,
  simulate,
  virtualShards,
} from "@tributary/simulation";
import { describe, expect, it } from "vitest";

/** Points of a plane; the class is the sign of the first coordinate: a linear layer tells them apart. */
const COUNT = 120;
const plane: Dataset = {
  name: "plane",
  count: COUNT,
  shape: [2],
  classes: 2,
  values: Float32Array.from({ length: COUNT * 2 }, (_, at) =>
    at % 2 === 0 ? (at % 4 === 0 ? 1 : -1) : Math.sin(at) / 4,
  ),
  labels: Int32Array.from({ length: COUNT }, (_, sample) => sample % 2),
  normalisation: { mean: [0, 0], deviation: [1, 1] },
};
const linear = trace(sequential(new Linear(2, 2)), [2]);
const whole = { kind: "iid", shards: 1 } as const;
const shards = virtualShards(plane, { kind: "iid", shards: 6 }, 1);

const run = (change: Partial<JobSpecInput>, options: Partial<SimulationOptions> = {}) =>
  simulate({
    spec: checkJobSpec({ model: { graph: { ...linear } }, dataset: "plane", ...change }),
    ...{ dataset: plane, shards, backend: "wasm", engines: 2 },
    ...options,
  });
/** Jobs whose workers do not train: no engine is started. */
const idle = { training: { idle: true }, evaluation: { every: 0 } } as const;
const placesOf = (rounds: readonly SimulatedRound[]) => rounds.map(({ round, attempt }) => [round, attempt]);

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

describe("virtual time", () => {
  it("passes at once when there are too few workers, and the job stands still", async () => {
    const { outcome, virtualMs } = await run({ ...idle, cohort: { quorum: 7, waitSeconds: 60 } });
    expect(outcome).toEqual({
      kind: "paused",
      reason: 'fewer than 7 workers with data set "plane" came within 60 s',
    });
    expect(virtualMs).toBe(60_000);
  });

  it("lets a round end at its deadline when workers do not answer, and the same ones in each run", async () => {
    const job = { ...idle, rounds: 20, cohort: { deadlineSeconds: 10, maxAttempts: 100 } };
    const { outcome, rounds, virtualMs } = await run(job, { dropout: 0.5 });
    expect(outcome).toEqual({ kind: "completed", reason: "rounds" });
    const updates = rounds.map((round) => round.updates);
    expect(Math.min(...updates)).toBeLessThan(6);
    const waited = rounds.reduce((sum, round) => sum + round.attempt - (round.updates === 6 ? 1 : 0), 0);
    expect(virtualMs).toBe(waited * 10_000);
    const again = await run(job, { dropout: 0.5 });
    expect(again.rounds.map((round) => round.updates)).toEqual(updates);
  });

  it("tries a round again that nobody answers", async () => {
    const { outcome, virtualMs } = await run(
      { ...idle, cohort: { deadlineSeconds: 5, maxAttempts: 3 } },
      { dropout: 1 },
    );
    expect(outcome).toMatchObject({ kind: "paused", reason: expect.stringContaining("in 3 attempts") });
    expect(virtualMs).toBe(15_000);
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

describe("a simulated job stops", () => {
  it("when its bytes are spent", async () => {
    const { outcome, rounds } = await run({ ...idle, rounds: 50, stop: { budgetBytes: 1 } });
    expect(outcome).toEqual({ kind: "completed", reason: "budgetBytes" });
    expect(rounds).toHaveLength(1);
  });

  it("when its bytes are spent, those of updates as they travel", async () => {
    const plain = await run({ ...idle, rounds: 2 });
    const [round] = plain.rounds;
    expect(round).toMatchObject({ sentBytes: round?.updateBytes });
    const small = { ...idle, rounds: 50, codec: { update: "delta | int8" } };
    const [first] = (await run({ ...small, rounds: 1 })).rounds;
    expect(first).toMatchObject({ updateBytes: round?.updateBytes });
    const sent = first?.sentBytes ?? 0;
    expect((first?.updateBytes ?? 0) / sent).toBeGreaterThan(2);
    // Models go out as they are.
    expect(first?.bytesDown).toBe(first?.updateBytes);
    const budget = 4 * ((first?.updateBytes ?? 0) + sent);
    const { rounds } = await run({ ...small, stop: { budgetBytes: budget } });
    expect(rounds).toHaveLength(4);
  });

  it("when its bytes are spent, with what goes along with a model from the first version on that has it", async () => {
    const bytesOf = async (kind: "fedavg" | "scaffold") =>
      (await run({ ...idle, rounds: 1, strategy: { kind } })).rounds[0]?.sentBytes ?? 0;
    const [models, updates] = [await bytesOf("fedavg"), await bytesOf("scaffold")];
    // Six workers, and a linear layer of six numbers.
    const twoRounds = 2 * (models + updates) + 6 * 6 * 4;
    const roundsFor = async (budgetBytes: number) =>
      (await run({ ...idle, rounds: 9, strategy: { kind: "scaffold" }, stop: { budgetBytes } })).rounds;
    const rounds = await roundsFor(twoRounds);
    expect(rounds.map(({ bytesDown }) => bytesDown)).toEqual([models, models + 6 * 6 * 4]);
    expect(await roundsFor(twoRounds + 1)).toHaveLength(3);
  });

  it("when its virtual time is over", async () => {
    const cohort = { deadlineSeconds: 5, maxAttempts: 20 };
    const { outcome, virtualMs } = await run(
      { ...idle, rounds: 50, cohort, stop: { wallClockSeconds: 12 } },
      { dropout: 0.9 },
    );
    expect(outcome).toEqual({ kind: "completed", reason: "wallClock" });
    expect(virtualMs).toBe(12_000);
  });
});

describe("a virtual worker that never answers", () => {
  it("is selected ever more seldom by powerOfChoice", async () => {
    const cohort = { size: 3, selection: { kind: "powerOfChoice" as const, candidates: 6 }, minimumFraction: 0.5 };
    const { rounds } = await run(
      { ...idle, rounds: 30, cohort: { ...cohort, deadlineSeconds: 5 } },
      { behaviours: new Map([["worker-0", { epochs: () => 0 }]]) },
    );
    const missed = rounds.filter(({ updates }) => updates < 3).map(({ round }) => round);
    // Who has never told a loss comes first: three of the six in each of the first two rounds.
    expect(missed[0]).toBeLessThanOrEqual(2);
    const waits = missed.slice(1).map((round, at) => round - (missed[at] ?? 0));
    // Behind for 2 rounds, then 4, then 8; in the next one it is the one without a loss again.
    expect(waits).toEqual([3, 5, 9]);
  });
});

describe("a virtual worker that does otherwise than it is asked", () => {
  const one = virtualShards(plane, whole, 1);
  /** A single worker, whose update is the next model. */
  const alone = (behaviour: Behaviour, change: Partial<JobSpecInput> = {}) =>
    run(
      { rounds: 1, training: { batchSize: 20, learningRate: 0.1, epochs: 3 }, ...change },
      { shards: one, heldOut: plane, behaviours: new Map([["worker-0", behaviour]]) },
    );

  it("trains so many epochs as it says", async () => {
    const partial = await alone({ epochs: ({ round, attempt }) => round + attempt - 1 });
    const asked = await alone({}, { training: { batchSize: 20, learningRate: 0.1, epochs: 1 } });
    expect(partial.model.digest).toBe(asked.model.digest);
    expect(partial.model.digest).not.toBe((await alone({})).model.digest);
  });

  it("does not answer when that is none", async () => {
    const { outcome, virtualMs } = await alone({ epochs: () => 0 }, { cohort: { deadlineSeconds: 5, maxAttempts: 2 } });
    expect(outcome.kind).toBe("paused");
    expect(virtualMs).toBe(10_000);
  });

  it("knows who is asked with it", async () => {
    const behaviours = new Map(
      shards.map(({ name }): [string, Behaviour] => [name, { epochs: ({ cohort }) => (cohort[0] === name ? 1 : 0) }]),
    );
    const cohort = { size: 3, quorum: 1, deadlineSeconds: 5 };
    const { rounds, virtualMs } = await run({ ...idle, rounds: 4, cohort }, { behaviours });
    expect(rounds.map((round) => [round.cohort, round.updates])).toEqual([
      [3, 1],
      [3, 1],
      [3, 1],
      [3, 1],
    ]);
    expect(virtualMs).toBe(20_000);
  });

  it("learns the labels that it takes samples for", async () => {
    const { rounds } = await alone({ label: (label) => 1 - label });
    expect(rounds[0]?.evaluation?.accuracy).toBeLessThan(0.1);
  });

  it("sends what it likes, knowing the model and what the others send", async () => {
    const behaviours = new Map<string, Behaviour>([
      [
        "worker-0",
        {
          send: async (trained, { model, trainAs }) => {
            const other = await trainAs("worker-1");
            return trained.map((_, at) => 2 * (model[at] ?? 0) - (other[at] ?? 0));
          },
        },
      ],
    ]);
    const job = { rounds: 1, training: { batchSize: 20 }, strategy: { weighting: "equal" } } as const;
    const two = virtualShards(plane, { kind: "iid", shards: 2 }, 1);
    const { model } = await run(job, { shards: two, behaviours });
    const { model: initial } = await run({ ...job, training: { idle: true } }, { shards: two });
    for (const [at, { values }] of model.parameters.entries())
      for (const [place, value] of values.entries())
        expect(value).toBeCloseTo(initial.parameters[at]?.values[place] ?? Number.NaN, 6);
  });

  it("is refused what does not pass admission", async () => {
    const sending = async (send: Behaviour["send"]) => {
      const { outcome } = await alone({ ...(send && { send }) }, { cohort: { maxAttempts: 1 } });
      return outcome.kind;
    };
    expect(await sending((trained) => trained.map(() => Number.NaN))).toBe("paused");
    expect(await sending((trained) => trained.subarray(1))).toBe("paused");
    expect(await sending(async (_, { trainAs }) => trainAs("nobody"))).toBe("paused");
    expect(await sending((trained) => trained)).toBe("completed");
  });
});

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

describe("a job that asks for workers of some kind", () => {
  const some = shards.map((shard, index) => ({
    ...shard,
    ...(index % 2 === 0 && { tags: ["gpu", "site-1"] }),
    ...(index > 0 && { memory: 1_000 * index }),
  }));

  it.each<[string, JobSpecInput["cohort"], readonly number[]]>([
    ["tags", { tags: ["gpu"] }, [0, 2, 4]],
    ["memory", { minimumMemory: 2_000 }, [2, 3, 4, 5]],
    ["the backend of the engines", { backend: "wasm" }, [0, 1, 2, 3, 4, 5]],
    ["all of it", { tags: ["site-1", "gpu"], minimumMemory: 3_000, backend: "wasm" }, [4]],
  ])("has those that have %s", async (_, cohort, fit) => {
    const { outcome, rounds } = await run({ ...idle, rounds: 2, cohort }, { shards: some });
    expect(outcome).toEqual({ kind: "completed", reason: "rounds" });
    expect(rounds.map(({ updates }) => updates)).toEqual([fit.length, fit.length]);
  });

  it.each<[JobSpecInput["cohort"], string]>([
    [{ tags: ["tpu"] }, "worker-0 has not the tag tpu"],
    [{ minimumMemory: 9_000 }, "worker-0 has not told its memory, and 9000 are wanted"],
    [{ backend: "native" }, "worker-0 computes on wasm, not on native"],
  ])("stands still as a deployed one where there is none: %j", async (cohort, reason) => {
    const { outcome } = await run({ ...idle, cohort }, { shards: some });
    expect(outcome).toMatchObject({ kind: "paused", reason: expect.stringContaining(reason) });
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
