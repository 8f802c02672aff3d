import type { JobSpecInput } from "@tributary/federation";
import { type Behaviour, virtualShards } from "@tributary/simulation";
import { describe, expect, it } from "vitest";
import { idle, plane, run, shards, whole } from "./testing/plane.js";

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
