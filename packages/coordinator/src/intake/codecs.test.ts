import { type Codec, decode, encode, parseCodec, updateRandom } from "@tributary/federation";
import { decodeSafetensors, Flatten, initialise, Linear, sequential, trace } from "@tributary/nn";
import { decodeParameters, type Parameter, type ParameterSet, type v1 } from "@tributary/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Peer } from "../testing/peer.js";

const graph = trace(sequential(new Flatten(), new Linear(784, 4), new Linear(4, 10)), [1, 28, 28]);
const SEED = 3;

/** Moves every value by another amount. */
const moved = (parameters: ParameterSet, by: number): ParameterSet =>
  parameters.map(
    (parameter): Parameter => ({
      ...parameter,
      values: parameter.values.map((value, index) => value + by * Math.sin(index)),
    }),
  );

/** What the peer sends of its training. */
const sent = (codec: Codec, model: ParameterSet, by: number, round: number, worker: string) =>
  encode(codec, moved(model, by), { random: updateRandom(SEED, round, worker), reference: model }).bytes;

const sends =
  (text: string, by: number, change = (bytes: Uint8Array) => bytes) =>
  async ({ task, training }: v1.Assignment, peer: Peer) => {
    if (!task || !training) return;
    const model = decodeParameters(await peer.download(task));
    const bytes = change(sent(parseCodec(text), model, by, task.round ?? 0, peer.options.name));
    await peer.send(task, bytes, { codec: text });
  };

describe("an update that a codec made small", () => {
  let coordinator: LocalCoordinator;
  beforeAll(async () => {
    coordinator = await LocalCoordinator.start();
  });
  afterAll(() => coordinator[Symbol.asyncDispose]());

  const run = async (update: string, workers: Record<string, Parameters<typeof sends>[2]>, quorum: number) => {
    const peers = await Promise.all(
      Object.entries(workers).map(([name, change], index) =>
        coordinator.join(name, { onAssignment: sends(update, (index + 1) / 64, change) }),
      ),
    );
    const id = await coordinator.submit({
      ...{ model: { graph: { ...graph } }, dataset: "mnist", rounds: 1, seed: SEED, codec: { update } },
      ...{ evaluation: { every: 0 }, cohort: { minimum: peers.length, quorum } },
    });
    const job = await coordinator.finished(id);
    const [round] = await coordinator.rounds(id);
    for (const peer of peers) peer.close();
    return { id, job, round };
  };

  it.each(["delta | int8", "delta | topk(0.05) | int8", "qsgd(6)", "delta | randomk(0.1)", "float16 | deflate"])(
    "counts as what it stands for: %s",
    async (update) => {
      const { id, job, round } = await run(update, { ada: undefined, bela: undefined }, 2);
      expect(job).toMatchObject({ status: "completed" });
      const initial = initialise(graph, SEED);
      const stood = ["ada", "bela"].map((worker, index) => {
        const codec = parseCodec(update);
        const context = { random: updateRandom(SEED, 1, worker), reference: initial };
        return decode(codec, sent(codec, initial, (index + 1) / 64, 1, worker), graph.parameters, context);
      });
      const response = await fetch(`${coordinator.url}/v1/jobs/${id}/models/latest.safetensors`, {
        headers: { authorization: `Bearer ${coordinator.tokens.admin}` },
      });
      for (const [place, { values }] of decodeSafetensors(new Uint8Array(await response.arrayBuffer())).entries())
        for (const [index, value] of values.entries()) {
          const mean = stood.reduce((sum, set) => sum + (set[place]?.values[index] ?? Number.NaN) / 2, 0);
          expect(value).toBeCloseTo(mean, 6);
        }
      for (const { size, sentBytes } of round?.updates ?? []) expect(sentBytes).toBeLessThan(size);
      expect(round?.bytesUp).toBe(round?.updates.reduce((sum, { sentBytes }) => sum + sentBytes, 0));
    },
  );

  it.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
    ["of another codec", (bytes) => bytes.fill(1, 0, 4), "file_invalid"],
    ["of too many bytes", (bytes) => new Uint8Array(bytes.length + 1), "update_shape_mismatch"],
    ["whose scale is NaN", (bytes) => bytes.fill(0xff, 4), "update_not_finite"],
  ])("is refused for bytes %s, and the round goes on without it", async (_, change, code) => {
    const { job, round } = await run("delta | int8", { ada: undefined, bela: change }, 1);
    expect(job).toMatchObject({ status: "completed" });
    expect(round?.updates.map(({ worker }) => worker)).toEqual(["ada"]);
    expect(round?.refusals).toEqual([{ worker: "bela", code, message: expect.any(String) }]);
  });
});
