import { partsOfUpdate } from "@tributary/federation";
import { Flatten, Linear, sequential, trace } from "@tributary/nn";
import { decodeParameters, elementCount, encodeParameters, type ParameterSet, type v1 } from "@tributary/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Peer } from "../testing/peer.js";

const graph = trace(sequential(new Flatten(), new Linear(784, 4), new Linear(4, 10)), [1, 28, 28]);

/** Every change of a control variate is this in all places. */
const besides = (value: number): ParameterSet =>
  partsOfUpdate(graph, ["controlChange"])
    .slice(graph.parameters.length)
    .map(({ name, shape }) => ({ name, shape, values: new Float32Array(elementCount(shape)).fill(value) }));

describe("a strategy that sends vectors and gets some back", () => {
  let coordinator: LocalCoordinator;
  beforeAll(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterAll(() => coordinator[Symbol.asyncDispose]());

  /** A job of two workers, of which the second sends what `change` makes of its part. */
  async function run(change: (update: ParameterSet) => ParameterSet, quorum: number, budgetBytes?: number) {
    const came: (ParameterSet | undefined)[] = [];
    const onAssignment =
      (value: number, changed = (update: ParameterSet) => update) =>
      async ({ task, training }: v1.Assignment, peer: Peer) => {
        if (!task || !training) return;
        const { vectors } = training;
        came.push(vectors ? decodeParameters(await peer.download({ model: vectors })) : undefined);
        const model = decodeParameters(await peer.download(task));
        await peer.send(task, encodeParameters(changed([...model, ...besides(value)])));
      };
    const peers = [
      await coordinator.join("ada", { onAssignment: onAssignment(1) }),
      await coordinator.join("bela", { onAssignment: onAssignment(2, change) }),
    ];
    const id = await coordinator.submit({
      ...{ model: { graph: { ...graph } }, dataset: "mnist", strategy: { kind: "scaffold", population: 4 } },
      ...{ evaluation: { every: 0 }, cohort: { minimum: 2, quorum } },
      ...(budgetBytes === undefined ? { rounds: 2 } : { rounds: 9, stop: { budgetBytes } }),
    });
    const job = await coordinator.finished(id);
    const rounds = await coordinator.rounds(id);
    for (const peer of peers) peer.close();
    return { job, rounds, came };
  }

  it("gives workers what it keeps, which adds up from what they send", async () => {
    const { job, came } = await run((update) => update, 2);
    expect(job).toMatchObject({ status: "completed" });
    // In the first round there is nothing yet; after it c = (1 + 2) / 4 (Karimireddy et al. 2020, line 17).
    expect(came.slice(0, 2)).toEqual([undefined, undefined]);
    for (const set of came.slice(2)) {
      expect(set?.map(({ name }) => name)).toEqual(graph.parameters.map(({ name }) => `control/${name}`));
      for (const { values } of set ?? []) expect(new Set(values)).toEqual(new Set([0.75]));
    }
    expect(came).toHaveLength(4);
  });

  it("counts them in the budget of bytes, from the first version on that has them", async () => {
    const model = graph.parameters.map(({ name, shape }) => ({
      name,
      shape,
      values: new Float32Array(elementCount(shape)),
    }));
    const [plain, update] = [encodeParameters(model), encodeParameters([...model, ...besides(0)])].map(
      ({ byteLength }) => byteLength,
    );
    const vector = 4 * model.reduce((sum, { values }) => sum + values.length, 0);
    const twoRounds = 4 * ((plain ?? 0) + (update ?? 0)) + 2 * vector;
    const roundsFor = async (budget: number) => (await run((same) => same, 2, budget)).rounds.length;
    expect([await roundsFor(twoRounds), await roundsFor(twoRounds + 1)]).toEqual([2, 3]);
  });

  const spoilt = (value: number) => (update: ParameterSet) =>
    update.map((part) =>
      part.name === "controlChange/2.bias" ? { ...part, values: part.values.with(3, value) } : part,
    );

  it.each<[string, (update: ParameterSet) => ParameterSet, string, RegExp]>([
    ["without them", (update) => update.slice(0, graph.parameters.length), "update_shape_mismatch", /bytes/],
    [
      "with parts in another order",
      (update) => [...update.slice(0, graph.parameters.length), ...update.slice(graph.parameters.length).toReversed()],
      "update_shape_mismatch",
      /"controlChange\/1.weight" is wanted/,
    ],
    ["with NaN in them", spoilt(Number.NaN), "update_not_finite", /controlChange\/2.bias\[3\] is NaN/],
    ["with too large a number in them", spoilt(1e9), "update_out_of_range", /controlChange\/2.bias\[3\]/],
  ])("refuses an update %s, and the round goes on", async (_, change, code, message) => {
    const { job, rounds } = await run(change, 1);
    expect(job).toMatchObject({ status: "completed" });
    for (const { updates, refusals } of rounds) {
      expect(updates.map(({ worker }) => worker)).toEqual(["ada"]);
      expect(refusals).toEqual([{ worker: "bela", code, message: expect.stringMatching(message) }]);
    }
  });

  it("begins without what another job kept, as its workers do", async () => {
    const came: boolean[] = [];
    const peer = await coordinator.join("ada", {
      async onAssignment({ task, training }, peer) {
        if (!task || !training) return;
        came.push(training.vectors !== null);
        const model = decodeParameters(await peer.download(task));
        await peer.send(task, encodeParameters([...model, ...besides(1)]));
      },
    });
    const job = {
      ...{ model: { graph: { ...graph } }, dataset: "mnist", strategy: { kind: "scaffold" as const } },
      ...{ evaluation: { every: 0 }, cohort: { minimum: 1 } },
    };
    const first = await coordinator.submit({ ...job, rounds: 2 });
    await coordinator.finished(first);
    const second = await coordinator.submit({ ...job, rounds: 4, from: { job: first, round: 2 } });
    expect(await coordinator.finished(second)).toMatchObject({ status: "completed" });
    peer.close();
    expect(came).toEqual([false, true, false, true]);
  });

  it("is not taken where its cohort is drawn of nobody knows how many", async () => {
    const job = { model: "lenet5", dataset: "mnist", strategy: { kind: "scaffold" }, cohort: { size: 1 } };
    expect(await coordinator.request("POST", "/v1/jobs", job)).toMatchObject({
      ...{ status: 422, body: { code: "invalid_job_spec" } },
    });
  });

  it("gives nobody else what it keeps", async () => {
    let refused: unknown;
    const peer = await coordinator.join("ada", {
      async onAssignment({ task, training }, peer) {
        if (!task || !training) return;
        const { vectors } = training;
        if (vectors) {
          const stranger = await coordinator.join("eva", { role: "evaluate" });
          refused = await stranger.download({ model: vectors }).catch((error: unknown) => error);
          stranger.close();
        }
        const model = decodeParameters(await peer.download(task));
        await peer.send(task, encodeParameters([...model, ...besides(1)]));
      },
    });
    const id = await coordinator.submit({
      ...{ model: { graph: { ...graph } }, dataset: "mnist", rounds: 2, strategy: { kind: "scaffold" } },
      ...{ evaluation: { every: 0 }, cohort: { minimum: 1 } },
    });
    await coordinator.finished(id);
    peer.close();
    expect(refused).toMatchObject({ code: "blob_unknown" });
  });
});
