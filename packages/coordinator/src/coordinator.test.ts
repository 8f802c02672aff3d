import type { JobSpecInput } from "@tributary/federation";
import { decodeSafetensors, namedModel } from "@tributary/nn";
import { MessageSize, type Parameter } from "@tributary/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "./testing/local-coordinator.js";
import type { Training } from "./testing/peer.js";

const spec = (changes: Partial<JobSpecInput> = {}): JobSpecInput => ({
  model: "lenet5",
  dataset: "mnist",
  rounds: 3,
  cohort: { minimum: 3 },
  evaluation: { every: 0 },
  ...changes,
});

/** A training that depends on the round and the worker, and whose float32 values are not round. */
const shift =
  (by: number): Training =>
  (parameters, round) =>
    parameters.map(({ name, shape, values }) => ({
      ...{ name, shape },
      values: values.map((value, index) => value + by * round + (index % 7) * 1e-3),
    }));

const workers = {
  alice: { samples: 100, by: 0.125 },
  bob: { samples: 37, by: -0.3 },
  charlie: { samples: 61, by: 0.7 },
};

async function modelOf(coordinator: LocalCoordinator, job: string, round: number): Promise<Parameter[]> {
  const response = await fetch(`${coordinator.url}/v1/jobs/${job}/models/${round}.safetensors`, {
    headers: { authorization: `Bearer ${coordinator.tokens.admin}` },
  });
  expect(response.status).toBe(200);
  return decodeSafetensors(new Uint8Array(await response.arrayBuffer()));
}

it("tells how large the model of a job is, when the job begins and when it goes on", async () => {
  const sizes: number[] = [];
  await using coordinator = await LocalCoordinator.start({ onModel: (bytes) => sizes.push(bytes) });
  const id = await coordinator.submit(spec());
  await expect.poll(async () => (await coordinator.job(id)).model?.size).toBeGreaterThan(0);
  const size = (await coordinator.job(id)).model?.size;
  expect(sizes).toEqual([size]);
  await coordinator.restart();
  await expect.poll(() => sizes).toEqual([size, size]);
});

describe("a job", () => {
  let coordinator: LocalCoordinator;
  beforeEach(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterEach(() => coordinator[Symbol.asyncDispose]());

  const joinAll = (order: readonly (keyof typeof workers)[], delayMs: (name: string) => number = () => 0) =>
    Promise.all(
      order.map((name) => {
        const { samples, by } = workers[name];
        const train: Training = async (parameters, round) => {
          await new Promise((resolve) => setTimeout(resolve, delayMs(name)));
          return shift(by)(parameters, round);
        };
        return coordinator.join(name, { samples, train });
      }),
    );

  it("ends after its last round with the mean of the updates, weighted by samples", async () => {
    await joinAll(["alice", "bob", "charlie"]);
    const id = await coordinator.submit(spec());
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", reason: "rounds", round: 3 });

    const before = await modelOf(coordinator, id, 2);
    const after = await modelOf(coordinator, id, 3);
    expect(after.map(({ name }) => name)).toEqual(namedModel("lenet5").parameters.map(({ name }) => name));
    const total = Object.values(workers).reduce((sum, { samples }) => sum + samples, 0);
    const errors = after.flatMap(({ values }, place) =>
      Array.from(values, (value, index) => {
        const old = before[place]?.values[index] ?? Number.NaN;
        const sum = Object.values(workers).reduce(
          (sum, { samples, by }) => sum + samples * Math.fround(old + by * 3 + (index % 7) * 1e-3),
          0,
        );
        return Math.abs(value - sum / total);
      }),
    );
    // Half a unit in the last place of a float32 below 4: the sum itself is exact.
    expect(Math.max(...errors)).toBeLessThanOrEqual(2 ** -23);
  });

  it("has the same model digest whatever the order in which updates arrive", async () => {
    const delays = [
      (name: string) => ({ alice: 0, bob: 40, charlie: 80 })[name] ?? 0,
      (name: string) => ({ alice: 80, bob: 0, charlie: 40 })[name] ?? 0,
    ];
    const digests: (string | undefined)[] = [];
    for (const delay of delays) {
      const peers = await joinAll(["charlie", "alice", "bob"], delay);
      digests.push((await coordinator.finished(await coordinator.submit(spec()))).model?.digest);
      for (const peer of peers) await peer.channel.call("leave", {});
      for (const peer of peers) peer.close();
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  });

  it("gives and takes the same bytes in messages of whichever size, and counts them once", async () => {
    const proven = new MessageSize();
    for (const _ of [1, 2]) proven.answered(1024 ** 3, 0);
    const sent = async (messages: MessageSize) => {
      const { chunks } = messages;
      const train = shift(1);
      const peer = await coordinator.join(`sends-${chunks}`, { samples: 10, train, messages });
      const job = spec({ model: "mcmahan-cnn", rounds: 1, seed: 1, cohort: { minimum: 1 } });
      const id = await coordinator.submit(job);
      const { model } = await coordinator.finished(id);
      const [{ bytesUp, bytesDown } = {}] = await coordinator.rounds(id);
      await peer.channel.call("leave", {});
      peer.close();
      expect([bytesUp, bytesDown]).toEqual([model?.size, model?.size]);
      return { chunks, digest: model?.digest };
    };
    const single = await sent(new MessageSize());
    const large = await sent(proven);
    expect([single.chunks, large.chunks]).toEqual([1, 4]);
    expect(large.digest).toBe(single.digest);
  });

  it("shows its rounds with cohort, timings, bytes, updates and evaluation", async () => {
    await joinAll(["alice", "bob", "charlie"]);
    await coordinator.join("judge", { role: "evaluate", accuracy: 0.75 });
    const id = await coordinator.submit(spec({ rounds: 2, evaluation: { every: 1, updates: true } }));
    expect(await coordinator.finished(id)).toMatchObject({ status: "completed", accuracy: 0.75 });
    const [first] = await coordinator.rounds(id);
    const size = first?.model?.size ?? 0;
    expect(first).toMatchObject({
      number: 1,
      attempt: 1,
      status: "finished",
      cohort: ["alice", "bob", "charlie"],
      bytesUp: 3 * size,
      refusals: [],
      evaluation: { subject: "", evaluator: "judge", accuracy: 0.75, samples: 10 },
    });
    expect(first?.bytesDown).toBe(3 * size);
    expect(first?.updates.map(({ worker, samples }) => [worker, samples]).sort()).toEqual([
      ["alice", 100],
      ["bob", 37],
      ["charlie", 61],
    ]);
    expect(first?.updateEvaluations.map(({ subject }) => subject).sort()).toEqual(["alice", "bob", "charlie"]);
    const { trainingMs, aggregationMs, evaluationMs, totalMs } = first?.timings ?? {};
    expect((trainingMs ?? 0) + (aggregationMs ?? 0) + (evaluationMs ?? 0)).toBe(totalMs);
  });
});
